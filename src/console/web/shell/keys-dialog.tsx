/** All keys that mean something now. */
import { Dialog } from '../parts/dialog.tsx'
import { useBoundKeys } from './keys.tsx'

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const groups = useBoundKeys()
  return (
    <Dialog title="Keys" onClose={onClose} wide>
      <div className="keys">
        {groups.map(({ name, bindings }) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {bindings.map(({ key, does }) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').map((each, at) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one chord, which never change places
                      <kbd key={at}>{each}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="muted">Single keys can be switched off in the settings.</p>
    </Dialog>
  )
}
