using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Web;

namespace Pellucid.Cli.Tests;

/// <summary>The models of a server, as arguments name them.</summary>
public sealed class ServedModelsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pellucid-");

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Weights_are_loaded_once_for_all_adapters_that_stand_beside_them_and_go_with_the_last()
    {
        var sources = Sources("tiny", $"tiny+{Copied("one")}", $"tiny+{Copied("two")}");
        Assert.Equal(["tiny", "tiny+one", "tiny+two"], sources.Select(one => one.Name));
        await using (var models = new ModelRegistry(sources, sources[0].Bytes + sources.Skip(1).Sum(one => one.Bytes - one.BaseBytes)))
        {
            var gpts = new List<(Gpt, bool)>();
            foreach (var name in sources.Select(one => one.Name))
                using (var lease = await models.UseAsync(name, Ended))
                    gpts.Add((lease.Model.Gpt, lease.Model.Adapter is null));
            Assert.Equal(sources.Select((_, place) => (gpts[0].Item1, place == 0)), gpts);
            Assert.All(models.All, one => Assert.NotNull(one.Model));
        }
        LanguageModel first;
        await using (var models = new ModelRegistry(sources, 1)) // each makes the one before it leave
        {
            using (var lease = await models.UseAsync("tiny+one", Ended))
                Assert.Equal("tiny+one", (first = lease.Model).Name);
            using (var lease = await models.UseAsync("tiny", Ended))
                Assert.NotSame(first.Gpt, lease.Model.Gpt);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => first.Base.EmbedAsync([1], Ended));
            using (var lease = await models.UseAsync("tiny+two", Ended))
                Assert.NotEmpty(await lease.Model.EmbedAsync([1], Ended));
        }
    }

    [Fact]
    public void An_adapter_that_a_run_has_saved_is_served_and_one_that_has_not_saved_yet_is_told_of()
    {
        var folder = Copied("run");
        File.WriteAllText(Path.Combine(folder, "run.json"), "{}");
        ServeCommand.RequireSaved(folder);
        File.Delete(Path.Combine(folder, "adapter_config.json"));
        Assert.Contains("has not saved yet", Assert.Throws<FileNotFoundException>(() => ServeCommand.RequireSaved(folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_has_one_adapter_at_a_time() =>
        Assert.Contains("has two adapters", Assert.Throws<ArgumentException>(() => Sources($"tiny+{Copied("a")}+{Copied("b")}")).Message,
            StringComparison.Ordinal);

    private static IReadOnlyList<ModelSource> Sources(params string[] paths) => ServedModels.Of(
        PellucidCommand.Parse(PellucidCommand.CreateRoot(), ["serve", .. paths]), paths, [], weights: null, new SchedulerOptions(),
        parallel: null);

    private string Copied(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, name)).FullName;
        foreach (var file in Directory.GetFiles(BuiltInModel.AssistantFolder))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
