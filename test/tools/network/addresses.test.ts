import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AddressKind, addressKind } from '../../../src/tools/network/addresses.ts'

/** First and last address of every range that is no public place, and their neighbours outside. */
const V4_EDGES: readonly (readonly [first: string, last: string, kind: AddressKind, before: string, after: string])[] =
  [
    ['0.0.0.0', '0.255.255.255', 'reserved', '-', '1.0.0.0'],
    ['10.0.0.0', '10.255.255.255', 'private', '9.255.255.255', '11.0.0.0'],
    ['100.64.0.0', '100.127.255.255', 'shared', '100.63.255.255', '100.128.0.0'],
    ['127.0.0.0', '127.255.255.255', 'loopback', '126.255.255.255', '128.0.0.0'],
    ['169.254.0.0', '169.254.255.255', 'link-local', '169.253.255.255', '169.255.0.0'],
    ['172.16.0.0', '172.31.255.255', 'private', '172.15.255.255', '172.32.0.0'],
    ['192.0.0.0', '192.0.0.255', 'reserved', '191.255.255.255', '192.0.1.0'],
    ['192.0.2.0', '192.0.2.255', 'reserved', '192.0.1.255', '192.0.3.0'],
    ['192.88.99.0', '192.88.99.255', 'reserved', '192.88.98.255', '192.88.100.0'],
    ['192.168.0.0', '192.168.255.255', 'private', '192.167.255.255', '192.169.0.0'],
    ['198.18.0.0', '198.19.255.255', 'reserved', '198.17.255.255', '198.20.0.0'],
    ['198.51.100.0', '198.51.100.255', 'reserved', '198.51.99.255', '198.51.101.0'],
    ['203.0.113.0', '203.0.113.255', 'reserved', '203.0.112.255', '203.0.114.0'],
    ['224.0.0.0', '239.255.255.255', 'multicast', '223.255.255.255', '-'],
    ['240.0.0.0', '255.255.255.255', 'reserved', '-', '-'],
  ]

describe('IPv4', () => {
  it.each(V4_EDGES)('%s to %s is %s, and the addresses around it are public', (first, last, kind, before, after) => {
    expect([addressKind(first), addressKind(last)]).toEqual([kind, kind])
    for (const outside of [before, after]) if (outside !== '-') expect(addressKind(outside), outside).toBe('public')
  })

  it.each(['169.254.169.254', '169.254.170.2', '169.254.170.23', '168.63.129.16', '100.100.100.200', '192.0.0.192'])(
    '%s is a metadata service',
    (address) => expect(addressKind(address)).toBe('metadata'),
  )

  it.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '168.63.129.15', '199.36.153.4'])('%s is public', (address) => {
    expect(addressKind(address)).toBe('public')
  })

  it.each([
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.0.0.01',
    '2130706433',
    '127.0.0.1.',
    ' 127.0.0.1',
    '256.1.1.1',
    '1.2.3',
  ])('takes %j for no address, because readers disagree about what it means', (address) =>
    expect(addressKind(address)).toBe('invalid'),
  )

  it('is public for nothing that another reading of the registry forbids', () => {
    // Written as comparisons of numbers, where the code compares prefixes.
    const forbidden = (n: number) => {
      const [a = 0, b = 0, c = 0] = [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255]
      return (
        [0, 10, 127].includes(a) ||
        a >= 224 ||
        (a === 100 && b >= 64 && b < 128) ||
        (a === 169 && b === 254) ||
        (a === 172 && b >= 16 && b < 32) ||
        (a === 192 && b === 168) ||
        (a === 192 && b === 0 && (c === 0 || c === 2)) ||
        (a === 198 && (b === 18 || b === 19)) ||
        (a === 198 && b === 51 && c === 100) ||
        (a === 203 && b === 0 && c === 113) ||
        (a === 192 && b === 88 && c === 99)
      )
    }
    const first = fc.constantFrom(
      0,
      10,
      100,
      127,
      168,
      169,
      172,
      192,
      198,
      203,
      224,
      239,
      240,
      255,
      1,
      8,
      99,
      101,
      191,
      193,
    )
    const octet = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0, 16, 31, 51, 63, 64, 88, 127, 128, 168, 254),
    )
    fc.assert(
      fc.property(first, octet, octet, octet, (a, b, c, d) => {
        const n = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
        const kind = addressKind(`${a}.${b}.${c}.${d}`)
        if (forbidden(n)) expect(kind).not.toBe('public')
        else expect(['public', 'metadata', 'reserved']).toContain(kind)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('IPv6', () => {
  it.each<[string, AddressKind]>([
    ['::', 'reserved'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::2', 'reserved'],
    ['::7f00:1', 'reserved'], // IPv4-compatible, deprecated
    ['fc00::', 'private'],
    ['fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'private'],
    ['fbff:ffff::1', 'reserved'],
    ['fe00::', 'reserved'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['fec0::1', 'private'],
    ['ff02::1', 'multicast'],
    ['fd00:ec2::254', 'metadata'],
    ['fd00:0ec2:0000:0000:0000:0000:0000:0254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['fd00:ec2::253', 'private'],
    ['100::1', 'reserved'],
    ['1fff:ffff::1', 'reserved'],
    ['2000::1', 'public'],
    ['2001:0:53aa:64c::1', 'reserved'], // Teredo
    ['2001:1ff:ffff::1', 'reserved'],
    ['2001:200::1', 'public'],
    ['2001:db8::1', 'reserved'],
    ['2001:db9::1', 'public'],
    ['2002:7f00:1::', 'reserved'],
    ['2606:4700:4700::1111', 'public'],
    ['2a00:1450:4001:82b::200e', 'public'],
    ['3fff:fff::1', 'reserved'],
    ['3fff:1000::1', 'public'],
    ['4000::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['64:ff9b:1::1', 'reserved'],
  ])('%s is %s', (address, kind) => expect(addressKind(address)).toBe(kind))

  it.each([
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::ffff:127.0.0.01',
    '[::1]',
    '::1%',
    '::1%a%b',
    '',
  ])('takes %j for no address', (address) => expect(addressKind(address)).toBe('invalid'))
})

const octets = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 })))
const groups = fc.tuple(
  ...Array.from({ length: 8 }, () => fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))),
)

it('an IPv6 address that carries an IPv4 address is of its kind, in every spelling', () => {
  fc.assert(
    fc.property(octets, (parts) => {
      const [a = 0, b = 0, c = 0, d = 0] = parts
      const dotted = parts.join('.')
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
      const kind = addressKind(dotted)
      for (const spelling of [
        `::ffff:${dotted}`,
        `::FFFF:${dotted}`,
        `::ffff:${hex}`,
        `0:0:0:0:0:ffff:${hex}`,
        `0000:0000:0000:0000:0000:ffff:${dotted}`,
        `::ffff:${dotted}%lo`,
        `64:ff9b::${dotted}`,
        `64:ff9b::${hex}`,
      ])
        expect(addressKind(spelling), spelling).toBe(kind)
    }),
  )
})

it('all spellings of an IPv6 address are of one kind', () => {
  fc.assert(
    fc.property(groups, (parts) => {
      const long = parts.map((part) => part.toString(16).padStart(4, '0')).join(':')
      const short = new SocketAddress({ address: long, family: 'ipv6' }).address
      expect(addressKind(short), `${short} is ${long}`).toBe(addressKind(long))
      expect(addressKind(long.toUpperCase())).toBe(addressKind(long))
    }),
  )
})

it('knows for an address exactly what the system knows for one', () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.stringMatching(/^[0-9a-f:.]{1,40}$/),
    fc.stringMatching(/^[0-9a-f]{0,4}(:[0-9a-f]{0,4}){1,8}$/),
  )
  fc.assert(
    fc.property(text, (address) => {
      expect(addressKind(address) !== 'invalid', address).toBe(isIPv4(address) || isIPv6(address))
    }),
    { numRuns: 3000 },
  )
})
