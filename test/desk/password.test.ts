import { expect, it } from 'vitest'
import { PasswordHasher } from '../../src/desk/hash-password.ts'
import { passwordFault } from '../../src/desk/password.ts'

const CHEAP = { log2N: 4, r: 8, p: 1 }
const ABOUT = ['ann.lee@example.com', 'Ann Lee']

it('allows whatever is long and not the first guess', () => {
  const fine = [
    'violet engine hums',
    '七つの海を渡る船と鯨の歌声',
    '   spaces count too',
    'Tr0ub4dor&3-gallops',
    '🦆🦢🦉🦅🦜🦚🦩🐓🦃🦤🐧🕊️ x',
  ]
  expect(fine.map((password) => passwordFault(password, ABOUT))).toEqual(fine.map(() => null))
})

it('refuses the short, the repeated, the rows of keys, the common and one’s own address', () => {
  const FEW = 'A password has at least 12 characters.'
  const REPEATS = 'This password repeats a few characters: choose another one.'
  const ROW = 'This password is a row of keys: choose another one.'
  const FIRST = 'This password is one of the first that others would try: choose another one.'
  const OWN = 'This password is your own address or name: choose another one.'
  const refused: Record<string, string> = {
    'eleven char': FEW,
    // Twelve characters as they are typed, eleven letters.
    'elephante\u0301sa': FEW,
    ababababababab: REPEATS,
    '123456789012': ROW,
    qwertyuiopasdf: ROW,
    ZYXWVUTSRQPO: ROW,
    'Password1234!': FIRST,
    PASSWORDPASSWORD: FIRST,
    'Sunshine2026!!': FIRST,
    'Correct Horse Battery Staple': FIRST,
    'ann.lee@example.com': OWN,
    'ann.leeann.lee1': OWN,
  }
  const found = Object.fromEntries(Object.keys(refused).map((password) => [password, passwordFault(password, ABOUT)]))
  expect(found).toEqual(refused)
})

it('keeps a password as a string that says its own cost, with a salt of its own', async () => {
  const hasher = new PasswordHasher(CHEAP)
  const [one, other] = await Promise.all([hasher.hash('violet engine hums'), hasher.hash('violet engine hums')])
  expect(one).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(one).not.toBe(other)
  const dearer = new PasswordHasher({ log2N: 5, r: 8, p: 1 })
  expect(await dearer.verify('violet engine hums', one)).toBe(true)
  expect(await dearer.verify('violet engine hum', one)).toBe(false)
})

it('takes the same letters for the same password, however they were put together', async () => {
  const hasher = new PasswordHasher(CHEAP)
  const kept = await hasher.hash('caf\u00e9 au lait, deux')
  expect(await hasher.verify('cafe\u0301 au lait, deux', kept)).toBe(true)
})

it('says no to whatever it is given when nobody is known, and to what it cannot read', async () => {
  const hasher = new PasswordHasher(CHEAP)
  expect(await hasher.verify('', null)).toBe(false)
  expect(await hasher.verify('violet engine hums', null)).toBe(false)
  expect(await hasher.verify('violet engine hums', 'plain text')).toBe(false)
})

it('lets thirty wait behind two, and sends the rest away', async () => {
  const hasher = new PasswordHasher(CHEAP)
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => hasher.verify('violet engine hums', null)))
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(refused.map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual(Array(8).fill(['BUSY', 5000]))
  expect(await hasher.verify('violet engine hums', null)).toBe(false)
})

it('costs 128 MB and 2^17 rounds by default', async () => {
  const kept = await new PasswordHasher().hash('violet engine hums')
  expect(kept).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/)
})
