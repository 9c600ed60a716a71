/** A recording as a file that players can seek in. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Recordings } from '../../call-log/recordings.ts'
import type { CallRow } from '../../call-log/rows.ts'
import { bytesAsked } from './byte-range.ts'
import { ApiError } from './errors.ts'
import type { FileBody } from './handlers.ts'

export async function replyWithRecording(
  call: CallRow,
  recordings: Recordings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FileBody> {
  const info = await recordings.info(call.callId)
  if (info === null) throw noRecording(call)
  // A finished recording never changes; of another length it would be another.
  const etag = `"${call.callId}.${info.bytes}"`
  const day = new Date(call.startedAt).toISOString().slice(0, 10)
  reply
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('content-disposition', `inline; filename="call-${day}-${call.callId.replace(/[^\w-]/g, '')}.wav"`)
  if (known(request.headers['if-none-match'], etag)) {
    reply.code(304)
    return null
  }
  reply.type('audio/wav')
  const { range, 'if-range': ifRange } = request.headers
  const bytes = bytesAsked({ range, ifRange: typeof ifRange === 'string' ? ifRange : undefined }, info.bytes, etag)
  if (bytes === null) {
    reply.header('content-range', `bytes */${info.bytes}`)
    throw new ApiError('BAD_RANGE', `the recording has ${info.bytes} bytes`)
  }
  const { first, last } = bytes === 'whole' ? { first: 0, last: info.bytes - 1 } : bytes
  reply.header('content-length', String(last - first + 1))
  if (bytes !== 'whole') reply.code(206).header('content-range', `bytes ${first}-${last}/${info.bytes}`)
  if (request.method === 'HEAD') return null
  const audio = await recordings.read(call.callId, first, last)
  if (audio === null) throw new ApiError('GONE', 'the recording of this call has been taken away')
  return audio
}

export function noRecording(call: CallRow): ApiError {
  if (call.recording === 'live')
    return new ApiError('CONFLICT', 'the recording is being written: ask again when the call is over')
  if (call.recording === 'erased') return new ApiError('GONE', 'the recording of this call has been taken away')
  return new ApiError('NOT_FOUND', 'there is no recording of this call')
}

function known(header: string | undefined, etag: string): boolean {
  return header !== undefined && (header === '*' || header.split(',').some((each) => each.trim() === etag))
}
