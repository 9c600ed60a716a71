/** What a caller's words say of the call beside their sense: a wish for a person, anger, having to say it again. */
import { wordsOf } from './search-words.ts'

/** As wordsOf makes them: no case, no accents. English, German, French, Spanish, Italian, Portuguese, Dutch. */
const A_PERSON = anyOf(`
  to a person | with a person | want a person | get a person | real person | actual person | a human | human being | real human | speak to someone | talk to someone
  speak to somebody | talk to somebody | speak with someone | speak with somebody | live agent | to an agent | a representative
  representative please | operator please | your manager | to the manager | to a manager | your supervisor
  to a supervisor | customer service please | someone real | transfer me | put me through
  einen menschen | echten menschen | mit einem menschen | einem mitarbeiter | einen mitarbeiter | einer mitarbeiterin
  mit jemandem sprechen | verbinden sie mich | ihren chef | vorgesetzten
  un humain | une vraie personne | parler a quelqu un | a un conseiller | a une conseillere | votre responsable | passez moi
  con una persona | un humano | hablar con alguien | con un agente | su supervisor | su jefe | paseme con
  una persona vera | un operatore | parlare con qualcuno | un responsabile
  com uma pessoa | um humano | falar com alguem | um atendente | seu gerente
  een mens | een medewerker | met iemand spreken | uw manager | doorverbinden
`)

const UPSET = anyOf(`
  ridiculous | unacceptable | frustrating | frustrated | annoying | annoyed | furious | angry | terrible | useless | awful
  disgusting | disgrace | pathetic | nonsense | waste of time | waste of my time | fed up | sick of this | sick and tired
  are you kidding | this is a joke | what the hell | damn | stupid | bullshit | fuck | fucking | shit | i give up
  not listening | you don t understand | not what i asked | never mind then
  unverschamt | unverschamtheit | lacherlich | inakzeptabel | frustrierend | wutend | argerlich | furchtbar
  schrecklich | scheisse | verdammt | blodsinn | unglaublich schlecht | zeitverschwendung | reicht mir | hore sie mir zu
  ridicule | inacceptable | inadmissible | furieux | furieuse | en colere | enerve | enervee | insupportable | n importe quoi
  merde | perte de temps | marre
  ridiculo | inaceptable | furioso | furiosa | enojado | enojada | enfadado | enfadada | harto | harta | mierda
  perdida de tiempo | verguenza | no me entiende | inutil
  inaccettabile | arrabbiato | arrabbiata | vergogna | schifo | perdita di tempo | stufo | stufa
  inaceitavel | irritado | irritada | perda de tempo | absurdo | vergonha
  belachelijk | onacceptabel | boos | schandalig | tijdverspilling | irritant
`)

const SAYING_AGAIN = anyOf(`
  i already said | i already told | i already gave | i just said | i just told | as i said | like i said | i told you
  i said that already | how many times | for the second time | for the third time | i repeat | let me repeat
  hab ich schon gesagt | habe ich schon gesagt | habe ich bereits gesagt | wie gesagt | ich wiederhole
  je l ai deja dit | deja dit | comme je l ai dit | je repete
  ya se lo dije | ya lo dije | ya dije | como le dije | repito
  l ho gia detto | come ho detto | ripeto
  ja disse | eu ja disse | como eu disse
  heb ik al gezegd | zoals ik zei | ik herhaal
`)

export interface CallerMood {
  readonly askedForPerson: boolean
  /** Lines with angry or despairing words. */
  readonly upset: number
  /** Lines that say again what was said before. */
  readonly repeats: number
}

export const NO_MOOD: CallerMood = { askedForPerson: false, upset: 0, repeats: 0 }

/** @param line the caller's next  @param earlier their lines before it */
export function addMood(mood: CallerMood, line: string, earlier: readonly string[]): CallerMood {
  const words = wordsOf(line)
  const text = ` ${words.join(' ')} `
  return {
    askedForPerson: mood.askedForPerson || A_PERSON.test(text),
    upset: mood.upset + (UPSET.test(text) ? 1 : 0),
    repeats: mood.repeats + (SAYING_AGAIN.test(text) || repeatsEarlier(words, earlier) ? 1 : 0),
  }
}

/** Shorter lines (yes, thank you, a number) come again in every call. */
const LEAST_WORDS = 4
const ALIKE = 0.7

function repeatsEarlier(line: readonly string[], earlier: readonly string[]): boolean {
  const words = new Set(line)
  if (words.size < LEAST_WORDS) return false
  return earlier.some((text) => {
    const others = new Set(wordsOf(text))
    if (others.size < LEAST_WORDS) return false
    const shared = [...words].filter((word) => others.has(word)).length
    return shared / (words.size + others.size - shared) >= ALIKE
  })
}

function anyOf(text: string): RegExp {
  const phrases = text
    .split(/[|\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '')
  return new RegExp(` (?:${phrases.join('|')}) `)
}
