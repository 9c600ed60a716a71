/** Where the console begins. */
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './design/tokens.css'
import './design/base.css'
import './design/parts.css'
import './design/frame.css'
import { App } from './shell/app.tsx'
import { listenForKeys } from './shell/keys.tsx'
import { createQueryClient } from './shell/query-client.ts'

listenForKeys()
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
