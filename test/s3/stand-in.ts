/**
 * A small S3-compatible store for tests: objects in memory, parts, ranges, and signatures checked by a reading of the
 * SigV4 document that shares nothing with the client. It can be told to fail.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer as bytesOf } from 'node:stream/consumers'

export interface S3Account {
  readonly keyId: string
  readonly secret: string
  readonly region: string
}

interface Upload {
  readonly key: string
  readonly parts: Map<number, Buffer>
}

/** What to do to a request instead of answering it: a status, or the end of its connection. */
export type Mischief = (request: {
  readonly method: string
  readonly path: string
  readonly query: string
}) => number | 'cut' | null

export class S3StandIn implements AsyncDisposable {
  readonly objects = new Map<string, Buffer>()
  readonly #uploads = new Map<string, Upload>()
  readonly #server: Server
  readonly #account: S3Account
  readonly #bucket: string
  /** Requests that were answered, as `PUT /key`. */
  readonly requests: string[] = []
  /** Why requests were refused as unsigned or badly signed. */
  readonly refused: string[] = []
  mischief: Mischief = () => null
  /** Fulfilled while requests may be answered. */
  gate: Promise<void> = Promise.resolve()

  private constructor(account: S3Account, bucket: string) {
    this.#account = account
    this.#bucket = bucket
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  static async open(account: S3Account, bucket = 'calls'): Promise<S3StandIn> {
    const store = new S3StandIn(account, bucket)
    store.#server.listen(0, '127.0.0.1')
    await once(store.#server, 'listening')
    return store
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/${this.#bucket}`
  }

  /** Uploads that were begun, and neither completed nor given up. */
  get openUploads(): number {
    return this.#uploads.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const method = request.method ?? ''
    await this.gate
    const body = await bytesOf(request)
    const trick = this.mischief({ method, path, query })
    if (trick === 'cut') return void request.socket.destroy()
    if (trick !== null) return send(response, trick, {}, errorXml('InternalError'))
    const fault = signatureFault(request, method, path, query, body, this.#account)
    if (fault !== null) {
      this.refused.push(fault)
      return send(response, 403, {}, errorXml('SignatureDoesNotMatch'))
    }
    const prefix = `/${this.#bucket}/`
    if (!path.startsWith(prefix)) return send(response, 404, {}, errorXml('NoSuchBucket'))
    const key = decodeURIComponent(path.slice(prefix.length))
    this.requests.push(`${method} ${key}`)
    const fields = new URLSearchParams(query)
    const uploadId = fields.get('uploadId')
    if (method === 'POST' && fields.has('uploads')) return this.#begin(key, response)
    if (uploadId !== null) return this.#ofUpload(method, key, uploadId, fields, body, response)
    if (method === 'PUT') {
      this.objects.set(key, body)
      return send(response, 200, { etag: etagOf(body) })
    }
    if (method === 'DELETE') {
      this.objects.delete(key)
      return send(response, 204)
    }
    this.#read(method, key, request, response)
  }

  #read(method: string, key: string, request: IncomingMessage, response: ServerResponse): void {
    const object = this.objects.get(key)
    if (object === undefined) return send(response, 404, {}, method === 'HEAD' ? '' : errorXml('NoSuchKey'))
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const headers = { etag: etagOf(object), 'accept-ranges': 'bytes' }
    if (range === null)
      return send(response, 200, { ...headers, 'content-length': object.length }, method === 'HEAD' ? '' : object)
    const first = Number(range[1])
    const last = Math.min(range[2] === '' ? object.length - 1 : Number(range[2]), object.length - 1)
    if (first > last) return send(response, 416, {}, errorXml('InvalidRange'))
    const part = object.subarray(first, last + 1)
    send(response, 206, { ...headers, 'content-range': `bytes ${first}-${last}/${object.length}` }, part)
  }

  #begin(key: string, response: ServerResponse): void {
    const uploadId = randomUUID()
    this.#uploads.set(uploadId, { key, parts: new Map() })
    const xml = `<InitiateMultipartUploadResult><Bucket>${this.#bucket}</Bucket><Key>${key}</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`
    send(response, 200, { 'content-type': 'application/xml' }, xml)
  }

  #ofUpload(
    method: string,
    key: string,
    uploadId: string,
    fields: URLSearchParams,
    body: Buffer,
    response: ServerResponse,
  ): void {
    const upload = this.#uploads.get(uploadId)
    if (upload === undefined || upload.key !== key) return send(response, 404, {}, errorXml('NoSuchUpload'))
    if (method === 'PUT') {
      upload.parts.set(Number(fields.get('partNumber')), body)
      return send(response, 200, { etag: etagOf(body) })
    }
    this.#uploads.delete(uploadId)
    if (method === 'DELETE') return send(response, 204)
    const listed = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>\s*<ETag>([^<]+)<\/ETag>/g)]
    const parts = listed.map(([, number = '', etag = '']) => ({ part: upload.parts.get(Number(number)), etag }))
    const right = parts.every(
      ({ part, etag }) => part !== undefined && etagOf(part).includes(etag.replaceAll(/"|&quot;/g, '')),
    )
    if (!right || parts.length !== upload.parts.size) return send(response, 400, {}, errorXml('InvalidPart'))
    const whole = Buffer.concat(parts.flatMap(({ part }) => part ?? []))
    this.objects.set(key, whole)
    const xml = `<CompleteMultipartUploadResult><Location>x</Location><Bucket>${this.#bucket}</Bucket><Key>${key}</Key><ETag>${etagOf(whole)}</ETag></CompleteMultipartUploadResult>`
    send(response, 200, { 'content-type': 'application/xml' }, xml)
  }
}

/** Null when the request is signed by the account; else what is wrong (docs.aws.amazon.com, "Signature Version 4 signing process"). */
function signatureFault(
  request: IncomingMessage,
  method: string,
  path: string,
  query: string,
  body: Buffer,
  { keyId, secret, region }: S3Account,
): string | null {
  const said = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  )
  if (said === null) return 'no signature'
  const [, credential = '', names = '', signature = ''] = said
  const date = String(request.headers['x-amz-date'])
  if (!/^\d{8}T\d{6}Z$/.test(date)) return 'no date'
  const at = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))
  if (Math.abs(Date.now() - at) > 15 * 60_000) return 'a signature of another time'
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`
  if (credential !== `${keyId}/${scope}`) return `the credential ${credential}`
  const signed = names.split(';')
  if (!signed.includes('host') || !signed.includes('x-amz-content-sha256')) return 'headers that must be signed are not'
  if ('range' in request.headers && !signed.includes('range')) return 'a range that is not signed'
  const payload = String(request.headers['x-amz-content-sha256'])
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body)) return 'a payload that is not the one signed'
  const canonicalQuery = query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => (part.includes('=') ? part : `${part}=`))
    .sort()
    .join('&')
  const headers = signed.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('')
  const canonical = [method, path, canonicalQuery, headers, names, payload].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(Buffer.from(canonical))].join('\n')
  const keyed = [date.slice(0, 8), region, 's3', 'aws4_request'].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  )
  const right = createHmac('sha256', keyed).update(toSign).digest()
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? null : 'another signature'
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}

function errorXml(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
  body: string | Buffer = '',
): void {
  response.writeHead(status, headers).end(body)
}
