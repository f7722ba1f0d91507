using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Web.Explorer;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>One reader's page and the models that it goes on to, whatever else happens while one of them is loaded.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly CpuBackend _backend = CpuBackend.Create(1);
    private readonly TaskCompletionSource _mayLoad = new(), _isLoading = new();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => _backend.Dispose();

    [Fact]
    public async Task A_page_that_is_closed_while_its_model_is_loaded_keeps_none()
    {
        await using var models = new ModelRegistry([Small("a"), Small("b", waits: true)], memory: 15);
        var session = Open(models);
        await session.UseModelAsync();
        session.Begin(session.State with { Model = "b" });
        var opening = session.UseModelAsync();
        await _isLoading.Task.WaitAsync(Ended);
        await session.DisposeAsync();
        _mayLoad.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var lease = await models.UseAsync("a", soon.Token); // in b's place, which nobody uses
        Assert.Equal("a", lease.Model.Name);
    }

    [Fact]
    public async Task A_page_may_be_closed_twice_at_once()
    {
        await using var models = new ModelRegistry([Small("a"), Small("b")], memory: 15);
        var session = Open(models);
        await session.UseModelAsync();
        using var ended = new SemaphoreSlim(0);
        var computing = session.RunAsync("long", _ => ended.Wait(TimeSpan.FromSeconds(30)));
        var (first, second) = (session.DisposeAsync().AsTask(), session.DisposeAsync().AsTask());
        ended.Release();
        await Task.WhenAll(first, second);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => computing);
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var lease = await models.UseAsync("b", soon.Token);
        Assert.Equal("b", lease.Model.Name);
    }

    [Fact]
    public async Task A_model_may_be_asked_for_by_another_name_of_it()
    {
        await using var models = new ModelRegistry([Small("a"), Small("b")]);
        await using var session = Open(models);
        session.Begin(session.State with { Model = "other b" });
        await session.UseModelAsync();
        Assert.Equal(("b", "b", false), (session.ModelName, session.State.Model, session.WantsOtherModel));
        session.Begin(session.State with { Model = "other a" });
        await session.UseModelAsync();
        Assert.Equal(("a", "", false), (session.ModelName, session.State.Model, session.WantsOtherModel));
    }

    [Fact]
    public async Task A_model_that_the_reader_asked_for_meanwhile_is_still_wanted()
    {
        await using var models = new ModelRegistry([Small("a"), Small("b", waits: true)]);
        await using var session = Open(models);
        await session.UseModelAsync();
        session.Begin(session.State with { Model = "b" });
        var opening = session.UseModelAsync();
        await _isLoading.Task.WaitAsync(Ended);
        session.Begin(session.State with { Model = "" }); // back
        _mayLoad.SetResult();
        await opening;
        Assert.Equal(("b", "", true), (session.ModelName, session.State.Model, session.WantsOtherModel));
    }

    [Fact]
    public async Task Where_no_model_can_be_had_there_is_none_and_the_page_says_why()
    {
        await using var models = new ModelRegistry([new ModelSource("a", () => throw new UnauthorizedAccessException("a is locked"))]);
        await using var session = Open(models);
        var error = await Assert.ThrowsAsync<UnauthorizedAccessException>(session.UseModelAsync);
        Assert.False(session.HasModel);
        Assert.Equal("a is locked", new ReaderLanguage().Refusal(error));
    }

    private static Session Open(ModelRegistry models) => new(models, new FactsOfModels(new HostOptions()), new ReaderLanguage());

    private ModelSource Small(string name, bool waits = false) => new(name, () =>
    {
        if (waits)
        {
            _isLoading.SetResult();
            _mayLoad.Task.Wait();
        }
        var tokenizer = new CharacterTokenizer("ab".EnumerateRunes());
        var config = new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 8, Layers = 1, Heads = 1, Width = 4 };
        return new LanguageModel(name, ServedModel.NewGpt(config, _backend), tokenizer);
    })
    {
        Aliases = [$"other {name}"], Bytes = 10,
    };
}
