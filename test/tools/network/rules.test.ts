import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isListed, mayConnect, NetworkFile, PUBLIC_ONLY, urlFault } from '../../../src/tools/network/rules.ts'

const rules = (...allowHosts: readonly string[]) => ({ allowHosts })
const url = (text: string) => new URL(text)

describe('network.yaml', () => {
  it.each([
    'desk.internal',
    'desk',
    'desk.internal:8443',
    '*.svc.cluster.local',
    '*.internal:80',
    '10.0.0.5',
    '127.0.0.1:8080',
    '[::1]',
    '[fd00::5]:9000',
  ])('takes %s', (host) => expect(NetworkFile.safeParse({ allowHosts: [host] }).success).toBe(true))

  it.each([
    'https://desk',
    'desk/path',
    '*',
    'a.*.b',
    '*desk',
    'desk:',
    'desk:port',
    '::1',
    '10.0.0.0/8',
    '',
    'a b',
    '-a',
  ])('refuses %j', (host) => expect(NetworkFile.safeParse({ allowHosts: [host] }).success).toBe(false))
})

it.each([
  ['http://desk.internal/', ['desk.internal'], true],
  ['http://DESK.internal./x', ['Desk.Internal'], true],
  ['http://desk.internal:8080/', ['desk.internal'], true],
  ['http://desk.internal:8080/', ['desk.internal:8080'], true],
  ['http://desk.internal/', ['desk.internal:80'], true],
  ['https://desk.internal/', ['desk.internal:443'], true],
  ['https://desk.internal/', ['desk.internal:80'], false],
  ['http://xdesk.internal/', ['desk.internal'], false],
  ['http://desk.internal.example/', ['desk.internal'], false],
  ['http://a.b.local/', ['*.local', 'x'], true],
  ['http://local/', ['*.local'], false],
  ['http://evillocal/', ['*.local'], false],
  ['http://[::1]:80/', ['[0:0:0:0:0:0:0:1]'], true],
  ['http://[::1]:81/', ['[::1]:80'], false],
  ['http://127.1/', ['127.0.0.1'], true],
  ['http://[::ffff:127.0.0.1]/', ['127.0.0.1'], false],
])('%s is on the list %j: %s', (text, hosts, listed) => expect(isListed(url(text), rules(...hosts))).toBe(listed))

it.each([
  ['https://desk.example/', [], null],
  ['https://93.184.216.34/', [], null],
  ['http://desk.example/', [], /^http to desk\.example is not encrypted/],
  ['http://desk.example/', ['desk.example'], null],
  ['ftp://desk.example/', ['desk.example'], /^ftp:\/\/ is no way/],
  ['https://127.0.0.1/', [], /^127\.0\.0\.1 is a loopback address/],
  ['https://2130706433/', [], /^127\.0\.0\.1 is a loopback address/],
  ['https://0x7f.1/', [], /^127\.0\.0\.1 is a loopback address/],
  ['https://0/', [], /^0\.0\.0\.0 is a reserved address/],
  ['https://[::ffff:10.0.0.1]/', [], /is a private address/],
  ['https://[fd00:ec2::254]/', [], /is a metadata address/],
  ['https://169.254.169.254/', [], /is a metadata address/],
  ['https://100.64.0.1/', [], /is a shared address/],
  ['https://10.0.0.5/', ['10.0.0.5'], null],
  ['https://localhost/', [], null], // a name: what it resolves to decides
])('says of %s with the list %j: %s', (text, hosts, fault) => {
  const found = urlFault(url(text), rules(...hosts))
  if (fault === null) expect(found).toBe(null)
  else expect(found).toMatch(fault)
})

describe('a connection', () => {
  it.each(['127.0.0.1', '10.1.2.3', '::1', 'fe80::1', '::ffff:192.168.0.1', '169.254.169.254', '0.0.0.0', 'nonsense'])(
    'to %s is not made for a host that is not listed',
    (address) => expect(mayConnect(url('https://desk.example/'), address, rules('other.example'))).toBe(false),
  )

  it('to the operator’s network is made for a host that is listed, and for its port alone', () => {
    expect(mayConnect(url('http://desk:8080/'), '10.1.2.3', rules('desk:8080'))).toBe(true)
    expect(mayConnect(url('http://desk:8081/'), '10.1.2.3', rules('desk:8080'))).toBe(false)
  })

  it.each(['169.254.169.254', 'fd00:ec2::254', '169.254.1.1', 'fe80::1', '::ffff:169.254.169.254'])(
    'to %s is not made for a name, listed or not, only for the address itself',
    (address) => {
      expect(mayConnect(url('http://desk/'), address, rules('desk', address))).toBe(false)
      const host = address.includes(':') ? `[${address}]` : address
      expect(mayConnect(url(`http://${host}/`), address, rules(host))).toBe(true)
    },
  )

  it('to nothing but public addresses is ever made without a list', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()),
        fc.constantFrom('10', '127', '192.168', '172.20'),
        (address, network) => {
          const host = url('https://desk.example/')
          const inside = `${network}.${'1.'.repeat(4 - network.split('.').length).slice(0, -1)}`
          expect(mayConnect(host, inside, PUBLIC_ONLY)).toBe(false)
          expect(mayConnect(host, `::ffff:${inside}`, PUBLIC_ONLY)).toBe(false)
          if (mayConnect(host, address, PUBLIC_ONLY))
            expect(address).not.toMatch(/^(10|127|0|22[4-9]|2[3-5]\d)\.|^f|^::(1|$)/i)
        },
      ),
    )
  })
})
