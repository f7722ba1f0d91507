// OpenAI's own client against the server: node openai.mjs http://127.0.0.1:PORT
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: process.argv[2] + '/v1', apiKey: 'key', maxRetries: 0 });
const model = 'small';
const messages = [{ role: 'user', content: 'What is the weather?' }];
const parameters = {
  type: 'object', properties: { city: { type: 'string', enum: ['Oslo', 'Rome'] } }, required: ['city'], additionalProperties: false,
};

const chat = await client.chat.completions.create({ model, messages, max_tokens: 20 });
assert.equal(chat.choices[0].message.role, 'assistant');
assert.ok(chat.usage.total_tokens > 0);

const stream = client.chat.completions.stream({ model, messages, max_tokens: 20, seed: 1, stream_options: { include_usage: true } });
const whole = await stream.finalChatCompletion();
const again = await client.chat.completions.create({ model, messages, max_tokens: 20, seed: 1 });
assert.equal(whole.choices[0].message.content ?? '', again.choices[0].message.content); // null where no text came

const called = [];
const runner = client.chat.completions.runTools({
  model, messages, tool_choice: { type: 'function', function: { name: 'get_weather' } }, parallel_tool_calls: false,
  tools: [{ type: 'function', function: {
    name: 'get_weather', description: 'The weather', parameters, parse: JSON.parse,
        function: ({ city }) => { called.push(city); return '18'; },
  } }],
});
await runner.done();
assert.ok(['Oslo', 'Rome'].includes(called[0]));

const streamed = client.chat.completions.stream({
  model, messages, tool_choice: 'required', tools: [{ type: 'function', function: { name: 'get_weather', parameters, strict: true } }],
});
const calls = (await streamed.finalChatCompletion()).choices[0];
assert.equal(calls.finish_reason, 'tool_calls');
for (const call of calls.message.tool_calls)
  assert.ok(['Oslo', 'Rome'].includes(JSON.parse(call.function.arguments).city));

const parsed = await client.chat.completions.parse({
  model, messages, response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: parameters } },
});
assert.ok(['Oslo', 'Rome'].includes(parsed.choices[0].message.parsed.city));

const response = await client.responses.create({ model, input: 'What is the weather?', max_output_tokens: 20 });
assert.equal(response.object, 'response');
const next = client.responses.stream({
  model, input: 'And now?', previous_response_id: response.id, tool_choice: 'required',
  tools: [{ type: 'function', name: 'get_weather', parameters, strict: true }],
});
const kinds = [];
for await (const event of next)
  kinds.push(event.type);
const final = await next.finalResponse();
assert.equal(kinds[0], 'response.created');
assert.equal(kinds.at(-1), 'response.completed');
assert.equal(final.output[0].type, 'function_call');
assert.equal(final.previous_response_id, response.id);
const text = await client.responses.parse({
  model, input: 'Where?', text: { format: { type: 'json_schema', name: 'place', strict: true, schema: parameters } },
});
assert.ok(['Oslo', 'Rome'].includes(text.output_parsed.city));
assert.equal((await client.responses.retrieve(text.id)).id, text.id);
await assert.rejects(client.responses.create({ model, input: 'a', background: true }),
    error => error.status === 400 && error.param === 'background');
console.log('done');
