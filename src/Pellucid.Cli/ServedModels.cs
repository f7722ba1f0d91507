using System.CommandLine;
using Pellucid.Generation;
using Pellucid.Tensors;
using Pellucid.Web;

namespace Pellucid.Cli;

/// <summary>The models of a server, as arguments name them.</summary>
internal static class ServedModels
{
    /// <summary>Several models; the first is loaded at once, the others when they are asked for.</summary>
    /// <param name="words">How they compute.</param>
    /// <param name="paths">Where they lie.</param>
    /// <param name="aliases">Names of the first one, or <c>NAME=MODEL</c>.</param>
    /// <param name="weights">How weights are stored, if not as they are.</param>
    /// <param name="scheduling">How much each takes on at once.</param>
    /// <param name="parallel">Texts that each writes at once; of whole contexts as many as fit into memory if null, and no more than
    /// <paramref name="scheduling"/> says.</param>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="ArgumentException">A name is of no model, or of two.</exception>
    public static IReadOnlyList<ModelSource> Of(ParseResult words, IReadOnlyList<string> paths, IReadOnlyList<string> aliases,
        ElementType? weights, SchedulerOptions scheduling, int? parallel)
    {
        var names = paths.Select(ModelFolder.NameOf).ToArray();
        var others = aliases.Select(alias => alias.Split('=', 2) is [var alone] ? (Name: alone, Model: names[0])
            : (Name: alias.Split('=', 2)[0], Model: alias.Split('=', 2)[1])).ToArray();
        if (others.FirstOrDefault(one => !names.Contains(one.Model)) is { Model: { } unknown })
            throw new ArgumentException($"--alias: there is no model '{unknown}'; there are {string.Join(", ", names)}");
        var bases = new SharedBases(path => Load(words, path, weights, scheduling with
        {
            MostRunning = parallel ?? MostRunning(path, paths, weights, scheduling),
            PrefixBytes = scheduling.PrefixBytes / paths.Count, // each model keeps its own
        }));
        return [.. paths.Select((path, index) => new ModelSource(names[index], () => Beginning(words, bases.Take(path)))
        {
            Unload = model => bases.ReturnAsync(path, model),
            Aliases = [.. others.Where(one => one.Model == names[index]).Select(one => one.Name)
                .Concat(paths.Count == 1 || ModelFolder.Parts(path) is null ? [FolderOf(path)] : [])
                .Where(name => name != names[index]).Distinct()],
            Bytes = MemoryLimit.BytesOf(path, weights, scheduling.Context),
            Base = SharedBases.PlaceOf(path),
            BaseBytes = MemoryLimit.WeightBytesOf(ModelFolder.Parts(path)?.Base ?? path, weights),
        })];
    }

    // So many that a whole context of each fits into memory, beside the weights of all models and what is kept of texts that ended.
    private static int MostRunning(string path, IReadOnlyList<string> paths, ElementType? weights, SchedulerOptions scheduling)
    {
        var allWeights = paths.Select(one => ModelFolder.Parts(one)?.Base ?? one).Distinct()
            .Sum(one => MemoryLimit.WeightBytesOf(one, weights));
        return MemoryLimit.TextsBeside(scheduling.PrefixBytes + allWeights, path, scheduling.KeyValueType, scheduling.Context,
            scheduling.MostRunning);
    }

    // Loads a model with a backend of its own.
    private static LanguageModel Load(ParseResult words, string path, ElementType? weights, SchedulerOptions scheduling)
    {
        var backend = CommonOptions.CreateBackend(words);
        try
        {
            var model = ModelFolder.LoadLanguageModel(path, backend, weights, scheduling);
            model.Owns(backend);
            CommonOptions.SetActivations(words, model.Gpt);
            return model;
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    private static LanguageModel Beginning(ParseResult words, LanguageModel model)
    {
        model.AddsBegin = PromptOptions.Begins(words, model.Specials);
        return model;
    }

    // What was fetched answers to its commit too, which is its folder's name.
    private static string FolderOf(string path) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(ModelFolder.Resolve(path))));
}
