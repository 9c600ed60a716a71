/** Chooses a role, with what it may do. */
import type { UserRole } from '../../contract/endpoint.ts'
import { ROLES } from './role-words.ts'

export function RoleField({ means }: { means: Readonly<Record<UserRole, string>> }) {
  return (
    <fieldset className="roles">
      <legend>Role</legend>
      {ROLES.map((role) => (
        <label key={role} className="choice choice-flush">
          <input type="radio" name="role" value={role} defaultChecked={role === 'viewer'} />
          <span>
            {role} <span className="muted">· {means[role]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
