/**
 * The floor that Earshot is measured against: a bridge written by hand that answers the phone, opens one WebSocket to the
 * model for each call and splices the audio through, G.711 as it comes. It does nothing else: no signatures, no session
 * before the stream, no marks, no interruption, no tools, no account of anything. What comes before the model's socket is
 * open is lost.
 */
import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

const port = Number(process.env.PORT)
const modelUrl = process.env.MODEL_URL ?? ''

const G711 = { format: { type: 'audio/pcmu' } }
const SESSION = JSON.stringify({
  type: 'session.update',
  session: { type: 'realtime', output_modalities: ['audio'], audio: { input: G711, output: G711 } },
})

const server = createServer((request, response) => {
  request.resume()
  const stream = `<Stream url="ws://127.0.0.1:${port}/media"/>`
  response.end(request.url === '/readyz' ? 'ready' : `<Response><Connect>${stream}</Connect></Response>`)
})

/** What stands between two quotes in a message that is known to hold it. */
function cut(text: string, before: string): string {
  const start = text.indexOf(before) + before.length
  return text.slice(start, text.indexOf('"', start))
}

new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (caller) => {
  const model = new WebSocket(modelUrl, { perMessageDeflate: false })
  let media = ''
  model.on('open', () => model.send(SESSION))
  model.on('message', (data: Buffer) => {
    const text = data.toString('latin1')
    if (!text.startsWith('{"type":"response.output_audio.delta"')) return
    caller.send(`${media}${cut(text, '"delta":"')}"}}`)
  })
  model.on('error', () => caller.close())
  model.on('close', () => caller.close())
  caller.on('message', (data: Buffer) => {
    const text = data.toString('latin1')
    if (text.startsWith('{"event":"media"')) {
      if (model.readyState === WebSocket.OPEN)
        model.send(`{"type":"input_audio_buffer.append","audio":"${cut(text, '"payload":"')}"}`)
    } else if (text.startsWith('{"event":"start"')) {
      media = `{"event":"media","streamSid":"${cut(text, '"streamSid":"')}","media":{"payload":"`
    }
  })
  caller.on('error', () => model.close())
  caller.on('close', () => model.close())
})

server.listen(port, '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
