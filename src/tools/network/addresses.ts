/**
 * What kind of network an IP address belongs to. Pure: nothing is resolved here. Sources: the IANA special-purpose
 * address registries (RFC 6890 and its updates) and the address families' own RFCs, named beside each range.
 */

export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'shared' // carrier-grade NAT: other customers of the same provider
  | 'multicast'
  | 'metadata' // a cloud's own service, which hands credentials to whoever asks
  | 'reserved' // everything else that is no place on the public network
  | 'invalid' // no address

type V4 = readonly [network: string, bits: number, kind: AddressKind]

/** The first that fits counts, so that single addresses stand before the ranges they lie in. */
const V4_RANGES: readonly V4[] = [
  ['169.254.169.254', 32, 'metadata'], // AWS, Azure, Google Cloud, OpenStack…
  ['169.254.170.2', 32, 'metadata'], // AWS: credentials of a container
  ['169.254.170.23', 32, 'metadata'], // AWS: credentials of a pod
  ['168.63.129.16', 32, 'metadata'], // Azure: the platform's wire server, in an otherwise public range
  ['100.100.100.200', 32, 'metadata'], // Alibaba Cloud
  ['192.0.0.192', 32, 'metadata'], // Oracle Cloud
  ['0.0.0.0', 8, 'reserved'], // RFC 791: this network; most systems connect 0.0.0.0 to themselves
  ['10.0.0.0', 8, 'private'], // RFC 1918
  ['100.64.0.0', 10, 'shared'], // RFC 6598
  ['127.0.0.0', 8, 'loopback'], // RFC 1122
  ['169.254.0.0', 16, 'link-local'], // RFC 3927
  ['172.16.0.0', 12, 'private'], // RFC 1918
  ['192.0.0.0', 24, 'reserved'], // RFC 6890
  ['192.0.2.0', 24, 'reserved'], // RFC 5737: documentation
  ['192.31.196.0', 24, 'reserved'], // RFC 7535: AS112
  ['192.52.193.0', 24, 'reserved'], // RFC 7450: AMT
  ['192.88.99.0', 24, 'reserved'], // RFC 7526: 6to4 relays, deprecated
  ['192.168.0.0', 16, 'private'], // RFC 1918
  ['192.175.48.0', 24, 'reserved'], // RFC 7534: AS112
  ['198.18.0.0', 15, 'reserved'], // RFC 2544: benchmarks
  ['198.51.100.0', 24, 'reserved'], // RFC 5737
  ['203.0.113.0', 24, 'reserved'], // RFC 5737
  ['224.0.0.0', 4, 'multicast'], // RFC 5771
  ['240.0.0.0', 4, 'reserved'], // RFC 1112, and the broadcast address
]

type V6 = readonly [network: string, bits: number, kind: AddressKind]

const V6_RANGES: readonly V6[] = [
  ['fd00:ec2::254', 128, 'metadata'], // AWS
  ['fd00:ec2::23', 128, 'metadata'], // AWS: credentials of a pod
  ['fd20:ce::254', 128, 'metadata'], // Google Cloud
  ['::1', 128, 'loopback'], // RFC 4291
  ['fc00::', 7, 'private'], // RFC 4193
  ['fe80::', 10, 'link-local'], // RFC 4291
  ['fec0::', 10, 'private'], // RFC 3879: site-local, deprecated
  ['ff00::', 8, 'multicast'], // RFC 4291
  ['2001::', 23, 'reserved'], // RFC 2928: Teredo, ORCHID, benchmarks and other protocols
  ['2001:db8::', 32, 'reserved'], // RFC 3849: documentation
  ['2002::', 16, 'reserved'], // RFC 7526: 6to4, deprecated; carries any IPv4 address
  ['2620:4f:8000::', 48, 'reserved'], // RFC 7534: AS112
  ['3fff::', 20, 'reserved'], // RFC 9637: documentation
  ['2000::', 3, 'public'], // RFC 4291: all that is global unicast; what is outside is not
]

/** IPv6 addresses that stand for an IPv4 address in their last 32 bits: that one decides. */
const V4_WITHIN: readonly (readonly [network: string, bits: number])[] = [
  ['::ffff:0:0', 96], // RFC 4291: IPv4-mapped; sockets connect it to the IPv4 address
  ['64:ff9b::', 96], // RFC 6052: NAT64, the way to IPv4 hosts on networks without IPv4
]

/**
 * @param address as a resolver or a socket gives it: dotted decimal, or IPv6 in any of its spellings, with or without a
 *   zone (`%eth0`) and without brackets
 */
export function addressKind(address: string): AddressKind {
  const v4 = parseV4(address)
  if (v4 !== null) return kindOfV4(v4)
  const v6 = parseV6(address)
  if (v6 === null) return 'invalid'
  if (V4_WITHIN_PARSED.some((range) => within(v6, range, 128))) return kindOfV4(v6 & 0xffff_ffffn)
  return V6_PARSED.find((range) => within(v6, range, 128))?.kind ?? 'reserved'
}

function kindOfV4(address: bigint): AddressKind {
  return V4_PARSED.find((range) => within(address, range, 32))?.kind ?? 'public'
}

/** Four decimal numbers and nothing else: octal, hexadecimal and short forms mean different things to different readers. */
function parseV4(text: string): bigint | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1)
  if (parts === undefined) return null
  let address = 0n
  for (const part of parts) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return null
    address = (address << 8n) | BigInt(part)
  }
  return address
}

/** RFC 4291, section 2.2. */
function parseV6(text: string): bigint | null {
  const plain = /^([^%]*)(?:%[^%]+)?$/.exec(text)?.[1]
  if (plain === undefined || !plain.includes(':')) return null
  const halves = plain.split('::')
  if (halves.length > 2) return null
  const [head = null, tail = null] = halves.map(groupsOf)
  if (head === null || (halves.length === 2 && tail === null)) return null
  if (tail === null) return head.length === 8 ? join(head) : null
  // An IPv4 ending stands for two groups and may stand only at the very end.
  const missing = 8 - head.length - tail.length
  if (missing < 1 || (plain.split('::')[0] ?? '').includes('.')) return null
  return join([...head, ...Array<bigint>(missing).fill(0n), ...tail])
}

function groupsOf(half: string): readonly bigint[] | null {
  if (half === '') return []
  const parts = half.split(':')
  const groups: bigint[] = []
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 ? parseV4(part) : null
    if (v4 !== null) groups.push(v4 >> 16n, v4 & 0xffffn)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else return null
  }
  return groups
}

function join(groups: readonly bigint[]): bigint {
  return groups.reduce((address, group) => (address << 16n) | group, 0n)
}

interface Range {
  readonly network: bigint
  readonly bits: number
}

function within(address: bigint, { network, bits }: Range, width: number): boolean {
  const shift = BigInt(width - bits)
  return address >> shift === network >> shift
}

function parsed(text: string): bigint {
  const address = parseV4(text) ?? parseV6(text)
  if (address === null) throw new RangeError(`${text} is no address`)
  return address
}

const V4_PARSED = V4_RANGES.map(([network, bits, kind]) => ({ network: parsed(network), bits, kind }))
const V6_PARSED = V6_RANGES.map(([network, bits, kind]) => ({ network: parsed(network), bits, kind }))
const V4_WITHIN_PARSED = V4_WITHIN.map(([network, bits]) => ({ network: parsed(network), bits }))
