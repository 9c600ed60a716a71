/** The keys of a telephone. The keyboard's own work as well. */
export const PAD = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const

const LETTERS: Readonly<Record<string, string>> = {
  2: 'ABC',
  3: 'DEF',
  4: 'GHI',
  5: 'JKL',
  6: 'MNO',
  7: 'PQRS',
  8: 'TUV',
  9: 'WXYZ',
}
const NAMES: Readonly<Record<string, string>> = { '*': 'Star', '#': 'Hash' }

export function Keypad(props: { digits: string; disabled: boolean; onPress: (digit: string) => void }) {
  return (
    <div className="keypad">
      <output className="keypad-digits figure" aria-label="Keys pressed">
        {props.digits.slice(-18)}
      </output>
      {PAD.map((digit) => (
        <button
          key={digit}
          type="button"
          className="key"
          aria-label={NAMES[digit] ?? [digit, LETTERS[digit] ?? ''].join(' ').trim()}
          disabled={props.disabled}
          onClick={() => props.onPress(digit)}
        >
          <span>{digit}</span>
          <small aria-hidden="true">{LETTERS[digit] ?? ''}</small>
        </button>
      ))}
    </div>
  )
}
