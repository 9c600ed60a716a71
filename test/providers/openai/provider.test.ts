import { createOpenAiProvider } from '../../../src/providers/openai/openai.ts'
import { type FarHeard, type FarSession, providerContract } from '../../contracts/provider.ts'
import { echoOf } from './echo.ts'
import { type ClientMessage, type Connection, ScriptedServer } from './scripted-server.ts'

function heard(message: ClientMessage): FarHeard {
  switch (message.type) {
    case 'input_audio_buffer.append':
      return { type: 'audio', base64: message.audio }
    case 'response.create': {
      const { instructions, tool_choice: choice } = message.response ?? {}
      return { type: 'create', instructions: instructions ?? null, allowTools: choice !== 'none' }
    }
    case 'response.cancel':
      return { type: 'cancel', responseId: message.response_id ?? '' }
    case 'conversation.item.truncate':
      return { type: 'truncate', itemId: message.item_id, audioEndMs: message.audio_end_ms }
    case 'conversation.item.create': {
      const { item } = message
      if (item.type === 'function_call_output') return { type: 'result', toolCallId: item.call_id, output: item.output }
      if (item.type !== 'message') break
      const by = { user: 'caller', assistant: 'agent', system: 'note' } as const
      return { type: 'seed', by: by[item.role], text: item.content[0]?.text ?? '' }
    }
  }
  throw new Error(`nobody asked for ${message.type}`)
}

function farSession(connection: Connection): FarSession {
  const ofItem = { output_index: 0, content_index: 0 }
  return {
    async accept() {
      connection.say({ type: 'session.created', session: { type: 'realtime' } })
      connection.say({ type: 'session.updated', session: echoOf(await connection.nextOf('session.update')) })
    },
    async hear() {
      return heard(await connection.next())
    },
    startResponse(id) {
      connection.say({ type: 'response.created', response: { id, status: 'in_progress', conversation_id: 'conv_1' } })
    },
    speak(response_id, item_id, delta) {
      connection.say({ type: 'response.output_audio.delta', response_id, item_id, ...ofItem, delta })
    },
    callTool(response_id, call_id, name, args) {
      const item = { type: 'function_call', status: 'completed', call_id, name, arguments: args } as const
      connection.say({ type: 'response.output_item.done', response_id, output_index: 0, item })
    },
    takeResult(call_id) {
      const item = { type: 'function_call_output', call_id, output: '' } as const
      connection.say({ type: 'conversation.item.added', item }, { type: 'conversation.item.done', item })
    },
    endResponse(id, status) {
      connection.say({ type: 'response.done', response: { id, status, conversation_id: 'conv_1', output: [] } })
    },
    hearCaller(item_id) {
      connection.say(
        { type: 'input_audio_buffer.speech_started', item_id, audio_start_ms: 100 },
        { type: 'input_audio_buffer.speech_stopped', item_id, audio_end_ms: 900 },
        { type: 'input_audio_buffer.committed', item_id },
      )
    },
    leave: () => connection.close(1001, 'going away'),
    cut: () => connection.cut(),
    gone: connection.closed.then(() => {}),
  }
}

providerContract('openai', async () => {
  const server = await ScriptedServer.listen()
  return {
    provider: createOpenAiProvider({ apiKey: 'sk-test', baseUrl: server.baseUrl }),
    dialled: async () => farSession(await server.connection()),
    refuseNext: () => server.refuseNext({ status: 401, body: '{"error":{"code":"invalid_api_key"}}' }),
    connections: () => server.open(),
    close: () => server.close(),
  }
})
