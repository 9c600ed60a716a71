/** Something that is shown once, to be copied. */
import { useId, useState } from 'react'
import { Icon } from '../parts/icon.tsx'
import { toast } from '../shell/toasts.tsx'

export function Secret({ label, secret }: { label: string; secret: string }) {
  const [copied, setCopied] = useState(false)
  const id = useId()
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(secret)
      setCopied(true)
    } catch {
      // Over plain http, other than on this machine, browsers do not let pages copy.
      toast('This browser does not let the page copy: select it and copy it by hand.', 'trouble')
    }
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="secret">
        <input id={id} className="input mono" readOnly value={secret} onFocus={(event) => event.target.select()} />
        <button type="button" className="button" onClick={() => void copy()}>
          <Icon name={copied ? 'check' : 'copy'} /> {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </div>
  )
}
