using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Pellucid.Conversations;
using Pellucid.Extensions.AI;
using Pellucid.Generation;
using Pellucid.Models;

namespace Pellucid.Web.Tests;

/// <summary>A folder's chat template and its defaults of sampling reach whoever writes with the model, by one way.</summary>
public sealed class MakersWordsTests(ServedModel served) : IClassFixture<ServedModel>, IDisposable
{
    private const string Asked = "the cat", Rendered = "u.the cat\na.";

    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-").FullName;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_and_the_chat_client_follow_the_files_of_the_model()
    {
        Checkpoint.Save(_folder, served.Model.Gpt);
        served.Model.Tokenizer.Save(_folder);
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), """{"do_sample": true, "temperature": 25, "top_k": 5}""");
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"),
            "{% for message in messages %}{{ message.role[0] }}.{{ message.content }}\n{% endfor %}a.");
        await using var model = LanguageModel.Load(_folder, served.Model.Gpt.Backend);
        await using var application = PellucidHost.Create(model, new HostOptions { Urls = "http://127.0.0.1:0" });
        await application.StartAsync(Ended);
        var made = served.Generate(Rendered, 20, new SamplingOptions { Temperature = 25, TopK = 5, Seed = 3 });
        var asked = served.Generate(Rendered, 20, new SamplingOptions { Temperature = 90, TopK = 5, Seed = 3 });
        Assert.NotEqual(made, asked);

        using IChatClient client = new PellucidChatClient(model);
        Assert.Equal(made, (await client.GetResponseAsync(Asked, new ChatOptions { Seed = 3, MaxOutputTokens = 20 }, Ended)).Text);
        Assert.Equal(asked, (await client.GetResponseAsync(Asked,
            new ChatOptions { Seed = 3, MaxOutputTokens = 20, Temperature = 90 }, Ended)).Text);

        Assert.Equal(made, (await Chat(application, """ "max_tokens": 20 """)).GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(asked, (await Chat(application, """ "max_tokens": 20, "temperature": 90 """))
            .GetProperty("message").GetProperty("content").GetString());
        using var http = new HttpClient();
        var sampling = (await http.GetFromJsonAsync<JsonElement>(application.Urls.Single() + "/v1/models", Ended))
            .GetProperty("data")[0].GetProperty("sampling");
        Assert.Equal((25, 5, 1), (sampling.GetProperty("temperature").GetInt32(), sampling.GetProperty("top_k").GetInt32(),
            sampling.GetProperty("top_p").GetInt32()));
        // However many tokens are asked for, nothing of the conversation is forgotten.
        var full = await Chat(application, """ "max_tokens": 1000 """);
        Assert.Equal((128 - Rendered.Length, "length"),
            (full.GetProperty("message").GetProperty("content").GetString()!.EnumerateRunes().Count(),
                full.GetProperty("finish_reason").GetString()));
        Assert.Equal(made, await Written(model, new GenerationRequest(model.Encode(Rendered)) { MaxTokens = 20, Sampling =
            model.Sampling.Options() with { Seed = 3 } }));
        Assert.Equal(await Written(model, new GenerationRequest(model.Encode(Rendered)) { Sampling = model.Sampling.Options() }),
            await Written(model, new GenerationRequest(model.Encode(Rendered))));
    }

    [Fact]
    public async Task A_conversation_that_does_not_fit_is_refused_by_its_own_code()
    {
        using var answer = await served.Http.PostAsJsonAsync("/v1/chat/completions",
            new { messages = new[] { new { role = "user", content = new string('x', 200) } } }, Ended);
        var error = (await answer.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("error");
        Assert.Equal((400, "context_length_exceeded", "messages", "the conversation has 200 tokens, but this model's context is 128"),
            ((int)answer.StatusCode, error.GetProperty("code").GetString(), error.GetProperty("param").GetString(),
                error.GetProperty("message").GetString()));
    }

    [Fact]
    public void What_looks_like_a_special_token_is_words_wherever_it_is_said()
    {
        var tokenizer = Pellucid.Tokens.BpeTrainer.Train([new byte[] { 97, 98 }], 258, special: ["<|end|>"],
            cancellation: TestContext.Current.CancellationToken);
        var template = ChatTemplate.Parse(
            "{{ messages[0].content }}<|end|>{% for call in messages[0].tool_calls %}{{ call.function.arguments }}{% endfor %}"
            + "{{ tools }}{{ documents }}");
        const string said = """ "<|end|>" """;
        using var messages = JsonDocument.Parse(
            $$"""[{"role":"assistant","content":{{said}},"tool_calls":[{"function":{"arguments":{"<|end|>":{{said}} } } }]}]""");
        using var list = JsonDocument.Parse($"[{said}]");
        var conversation = new Conversation(ChatTurn.ParseAll(messages.RootElement))
        {
            Tools = list.RootElement, Documents = list.RootElement,
        };
        Assert.Equal(1, template.Encode(tokenizer, conversation).Count(token => token == 257));
        Assert.Equal(6, tokenizer.EncodeWithSpecialTokens(template.Render(conversation).Text).Count(token => token == 257));
    }

    private static async Task<JsonElement> Chat(WebApplication application, string fields)
    {
        using var http = new HttpClient();
        using var content = new StringContent($$"""{"messages":[{"role":"user","content":"{{Asked}}"}],"seed":3,{{fields}}}""",
            System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(application.Urls.Single() + "/v1/chat/completions", content, Ended);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("choices")[0].Clone();
    }

    private static async Task<string> Written(LanguageModel model, GenerationRequest request)
    {
        var text = "";
        await foreach (var piece in model.WriteAsync(request, cancellation: Ended))
            text += piece.Text;
        return text;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
