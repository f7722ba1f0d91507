// LangChain against the server: node langchain.mjs http://127.0.0.1:PORT
import assert from 'node:assert/strict';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

const model = new ChatOpenAI({ model: 'small', apiKey: 'key', configuration: { baseURL: process.argv[2] + '/v1' }, maxRetries: 0 });
const schema = z.object({ city: z.enum(['Oslo', 'Rome']) });

for (const method of ['jsonSchema', 'functionCalling']) {
  const place = await model.withStructuredOutput(schema, { name: 'place', method }).invoke('Where?');
  assert.ok(['Oslo', 'Rome'].includes(place.city));
}
const weather = tool(({ city }) => city, { name: 'get_weather', description: 'The weather', schema });
const bound = model.bindTools([weather], { tool_choice: 'any' });
const answer = await bound.invoke('What is the weather?');
assert.ok(answer.tool_calls.length > 0 && answer.tool_calls.every(call => ['Oslo', 'Rome'].includes(call.args.city)));
const results = await Promise.all(answer.tool_calls.map(call => weather.invoke(call)));
const next = await new ChatOpenAI({
  model: 'small', apiKey: 'key', maxTokens: 20, configuration: { baseURL: process.argv[2] + '/v1' }, maxRetries: 0,
}).bindTools([weather], { tool_choice: 'none' }).invoke([['user', 'What is the weather?'], answer, ...results]);
assert.equal(typeof next.content, 'string');
let text = '';
for await (const chunk of await model.stream('Say something.', { max_tokens: 20 }))
  text += chunk.content;
console.log('done');
