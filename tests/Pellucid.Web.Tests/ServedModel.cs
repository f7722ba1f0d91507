using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using OpenAI;
using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Web.Tests;

/// <summary>A small random model behind HTTP, on a port of its own.</summary>
public class ServedModel : IAsyncLifetime
{
    private readonly CpuBackend _backend = CpuBackend.Create(1);
    private LanguageModel? _model;
    private WebApplication? _application;

    internal LanguageModel Model => _model!;

    internal IServiceProvider Services => _application!.Services;

    internal virtual HostOptions Options => new();

    internal virtual string Alphabet => "\n abcdefghijklmnopqrstuvwxyz.猫🎉";

    internal virtual int Context => 128;

    internal virtual int Width => 32;

    /// <summary>Whether there is a token that ends texts.</summary>
    internal virtual bool HasEnd => false;

    internal virtual ChatTemplate Chat => ChatTemplate.Plain;

    /// <summary>Characters that the model likes to write, the first more than the second and so on; where there are any, the end of a
    /// text most of all.</summary>
    internal virtual string Liked => "";

    internal virtual SchedulerOptions Scheduling => new();

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(10) };

    /// <summary>The official client, which does not try again by itself.</summary>
    public OpenAIClient OpenAI => new(new ApiKeyCredential("key"),
        new OpenAIClientOptions { Endpoint = new Uri(Http.BaseAddress!, "/v1"), RetryPolicy = new ClientRetryPolicy(0) });

    public async ValueTask InitializeAsync()
    {
        _model = NewModel(_backend);
        _application = PellucidHost.Create(_model, Options with { Urls = "http://127.0.0.1:0" });
        await _application.StartAsync();
        Http.BaseAddress = new Uri(_application.Urls.Single());
    }

    internal virtual LanguageModel NewModel(CpuBackend backend)
    {
        var tokenizer = new CharacterTokenizer(Alphabet.EnumerateRunes(), HasEnd);
        var gpt = NewGpt(
            new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = Context, Layers = 2, Heads = 2, Width = Width }, backend);
        if (Liked.Length > 0)
            Like(gpt, [tokenizer.EndOfText!.Value, .. tokenizer.Encode(Liked)]);
        return new LanguageModel("small", gpt, tokenizer, Scheduling) { Chat = Chat };
    }

    /// <summary>Random weights, to which tokens are not all alike.</summary>
    internal static Gpt NewGpt(GptConfig config, CpuBackend backend, ulong seed = 1)
    {
        var gpt = new Gpt(config, backend);
        gpt.Initialize(seed);
        var table = new float[gpt[ParameterRole.TokenTable].Count];
        backend.Read(gpt[ParameterRole.TokenTable], table);
        backend.Write([.. table.Select(value => 21 * value)], gpt[ParameterRole.TokenTable]);
        return gpt;
    }

    /// <summary>What a path answers to an object of JSON.</summary>
    public async Task<JsonElement> AskAsync(string path, string body)
    {
        using var response = await PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>How a path answers to an object of JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string body) =>
        Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    // The first number of a vector tells how much its token is liked, and every state asks for it.
    private void Like(Gpt gpt, int[] tokens)
    {
        var (table, bias) = (new float[gpt[ParameterRole.TokenTable].Count], new float[Width]);
        gpt.Backend.Read(gpt[ParameterRole.TokenTable], table);
        for (var token = 0; token * Width < table.Length; token++)
            table[token * Width] = tokens.Contains(token) ? tokens.Length - Array.IndexOf(tokens, token) : 0;
        bias[0] = 40;
        gpt.Backend.Write(table, gpt[ParameterRole.TokenTable]);
        gpt.Backend.Write(bias, gpt[ParameterRole.FinalNormBias]);
    }

    /// <summary>What a generator alone writes.</summary>
    public string Generate(string prompt, int count, SamplingOptions sampling)
    {
        var tokens = Model.Scheduler.RunAsync(() =>
        {
            using var generator = new Generator(Model.Gpt);
            return generator.Generate(Model.Encode(prompt), new Sampler(sampling), count).ToArray();
        }).GetAwaiter().GetResult();
        return Model.Tokenizer.Decode(tokens);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _application!.DisposeAsync();
        await _model!.DisposeAsync();
        _backend.Dispose();
        GC.SuppressFinalize(this);
    }
}
