/** How answers are kept, and when they are asked for again. */
import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '../api/call.ts'

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // A refusal stays one; a server that is being restarted is back in a moment.
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 502),
      },
    },
  })
}
