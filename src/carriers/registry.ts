/** Every carrier there is: the one file that knows the folders beside it. */
import { type BrowserCarrier, createBrowserCarrier } from './browser/browser.ts'
import type { Carrier } from './carrier.ts'
import type { TwilioSettings } from './twilio/settings.ts'
import { createTwilioCarrier, type TwilioCarrierOptions } from './twilio/twilio.ts'

export interface CarrierSettings {
  readonly twilio: TwilioSettings
}

/** What any carrier needs of the process it runs in. */
export type CarrierParts = Pick<TwilioCarrierOptions, 'log' | 'now'>

export interface Carriers {
  readonly all: readonly Carrier[]
  /** Calls of this one are placed here, and not by a telephone company. */
  readonly browser: BrowserCarrier
}

/** @throws Error with a sentence when a carrier's settings are unsafe */
export function createCarriers(settings: CarrierSettings, parts: CarrierParts): Carriers {
  const browser = createBrowserCarrier(parts)
  return { all: [createTwilioCarrier({ ...settings.twilio, ...parts }), browser], browser }
}
