using System.ClientModel;
using System.ClientModel.Primitives;
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
        var tokenizer = new CharacterTokenizer(Alphabet.EnumerateRunes(), HasEnd);
        var gpt = new Gpt(
            new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = Context, Layers = 2, Heads = 2, Width = Width }, _backend);
        gpt.Initialize(1);
        var table = new float[gpt[ParameterRole.TokenTable].Count];
        gpt.Backend.Read(gpt[ParameterRole.TokenTable], table);
        gpt.Backend.Write([.. table.Select(value => 21 * value)], gpt[ParameterRole.TokenTable]); // so that tokens are not all alike
        if (Liked.Length > 0)
            Like(gpt, [tokenizer.EndOfText!.Value, .. tokenizer.Encode(Liked)]);
        _model = new LanguageModel("small", gpt, tokenizer, Scheduling) { Chat = Chat };
        _application = PellucidHost.Create(_model, Options with { Urls = "http://127.0.0.1:0" });
        await _application.StartAsync();
        Http.BaseAddress = new Uri(_application.Urls.Single());
    }

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
