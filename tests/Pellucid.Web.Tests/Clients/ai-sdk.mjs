// Vercel's AI SDK against the server: node ai-sdk.mjs http://127.0.0.1:PORT
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { generateObject, generateText, streamText, tool } from 'ai';
import { z } from 'zod';

const provider = createOpenAI({ baseURL: process.argv[2] + '/v1', apiKey: 'key' });
const schema = z.object({ city: z.enum(['Oslo', 'Rome']) });

for (const model of [provider.chat('small'), provider.responses('small')]) {
  const { object } = await generateObject({ model, schema, prompt: 'Where?', maxRetries: 0 });
  assert.ok(['Oslo', 'Rome'].includes(object.city));

  const stream = streamText({ model, prompt: 'Say something.', maxOutputTokens: 20, maxRetries: 0 });
  let text = '';
  for await (const piece of stream.textStream)
    text += piece;
  assert.ok((await stream.usage).totalTokens > 0);
  assert.equal(text, await stream.text);

  const called = [];
  const result = await generateText({
    model, prompt: 'What is the weather?', toolChoice: 'required', maxRetries: 0,
    tools: {
        get_weather: tool({ description: 'The weather', inputSchema: schema, execute: ({ city }) => { called.push(city); return 18; } }) },
  });
  assert.equal(result.finishReason, 'tool-calls');
  assert.equal(result.toolResults.length, called.length);
  assert.ok(called.length > 0 && called.every(city => ['Oslo', 'Rome'].includes(city)));
}
console.log('done');
