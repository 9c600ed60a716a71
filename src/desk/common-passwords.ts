/**
 * What people choose when twelve characters are asked for: the words that head every list of leaked passwords, alone,
 * doubled, or with digits behind (which password.ts cuts off). Short, since the throttle slows whoever has a longer list.
 */
const WORDS = `
password passwort passw0rd p@ssword p@ssw0rd pa55word welcome willkommen bienvenue bienvenido letmein changeme changeit
default administrator administrador administrateur admin root superuser manager support supervisor operator helpdesk service customer
customerservice callcenter earshot telephone voiceagent secret topsecret secretpassword mypassword thisismypassword
password1password newpassword oldpassword temppassword temporary testtest testing testpassword guest user username
iloveyou iloveyouforever iloveyousomuch loveyou sunshine princess football baseball basketball superman batman
spiderman starwars dragon monkey shadow master michael jennifer jessica charlie jordan thomas daniel ashley
liverpool manchester chelsea arsenal barcelona realmadrid juventus chocolate butterfly computer internet whatever
trustno welcomehome goodmorning summer winter spring autumn january february march april may june july august september
october november december monday tuesday wednesday thursday friday saturday sunday sommer herbst fruehling
qwerty qwertz azerty asdfgh zxcvbn asdfghjkl qwertyuiop qwertyqwerty abcabc abc aaa company companyname
correcthorsebatterystaple correct-horse-battery-staple correct horse battery staple
google facebook microsoft windows samsung apple iphone android linkedin twilio openai
`
  .trim()
  .split(/\s+/)

export const COMMON: ReadonlySet<string> = new Set([
  ...WORDS,
  ...WORDS.map((word) => word + word),
  'correct horse battery staple',
  '1password1password',
  'q1w2e3r4t5y6',
  'a1b2c3d4e5f6',
  '123qweasdzxc',
  'qwe123qwe123',
  'abc123abc123',
  'test1234test',
  'admin123admin',
  'pass1234pass',
  'password123password',
  '1234567890qwerty',
  'qwerty123qwerty',
  'let me in please',
  'changeme please',
])
