using Microsoft.AspNetCore.Builder;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Web.Tests;

/// <summary>A small random model behind HTTP, on a port of its own.</summary>
public sealed class ServedModel : IAsyncLifetime
{
    private readonly CpuBackend _backend = CpuBackend.Create(1);
    private LanguageModel? _model;
    private WebApplication? _application;

    internal LanguageModel Model => _model!;

    public HttpClient Http { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var tokenizer = new CharacterTokenizer("\n abcdefghijklmnopqrstuvwxyz.".EnumerateRunes().ToArray());
        var gpt = new Gpt(new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 128, Layers = 2, Heads = 2, Width = 32 }, _backend);
        gpt.Initialize(1);
        _model = new LanguageModel("small", gpt, tokenizer);
        _application = PellucidHost.Create(_model, new HostOptions { Urls = "http://127.0.0.1:0" });
        await _application.StartAsync();
        Http.BaseAddress = new Uri(_application.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _application!.DisposeAsync();
        await _model!.DisposeAsync();
        _backend.Dispose();
    }
}
