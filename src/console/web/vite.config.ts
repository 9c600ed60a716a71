/** Builds the console into dist/console, which the server hands out under a strict Content-Security-Policy. */
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, '../../../dist/console'),
    emptyOutDir: true,
    target: 'es2023',
    // An asset as a data: address would need a hole in the policy.
    assetsInlineLimit: 0,
    // The budget test reads which files the shell is made of.
    manifest: true,
    reportCompressedSize: false,
  },
  // For working on the pages: `EARSHOT_URL=http://127.0.0.1:8080 npx vite --config src/console/web/vite.config.ts`.
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: process.env.EARSHOT_URL ?? 'http://127.0.0.1:8080', ws: true } },
  },
})
