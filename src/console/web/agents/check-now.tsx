/** Has the server look at the files now. It does so by itself when one changes; this is for whoever does not want to wait. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { toast, toastError } from '../shell/toasts.tsx'
import { counted } from '../words/format.ts'

export function CheckNow() {
  const queries = useQueryClient()
  const check = useMutation({
    mutationFn: () => call('checkAgents'),
    onSuccess: ({ problems, taken }) => {
      if (problems.length > 0)
        toast(`${counted(problems.length, 'mistake')} in the files; nothing was taken.`, 'trouble')
      else toast(taken.length === 0 ? 'The files are what runs.' : `Now running: ${taken.join(', ')}.`)
    },
    onError: toastError,
    onSettled: () => queries.invalidateQueries({ queryKey: ['agents'] }),
  })
  return (
    <button type="button" className="button" disabled={check.isPending} onClick={() => check.mutate()}>
      {check.isPending ? 'Checking…' : 'Check the files now'}
    </button>
  )
}
