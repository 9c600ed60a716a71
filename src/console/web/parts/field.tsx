/** A labelled input, with what is wrong with it below it. */
import { type InputHTMLAttributes, useId } from 'react'

export function Field({
  label,
  hint,
  wrong,
  ...input
}: { label: string; hint?: string | undefined; wrong?: string | undefined } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        className="input"
        aria-invalid={wrong !== undefined}
        aria-describedby={hint !== undefined || wrong !== undefined ? `${id}-words` : undefined}
      />
      {(hint !== undefined || wrong !== undefined) && (
        <p id={`${id}-words`} className={wrong === undefined ? 'field-hint' : 'field-wrong'}>
          {wrong ?? hint}
        </p>
      )}
    </div>
  )
}
