using Pellucid.Generation;

namespace Pellucid.Cli;

/// <summary>
/// Models whose weights are loaded once for themselves and for all adapters of theirs, and given back with the last of those that is.
/// One at a time may be taken or given back, as a server's registry does.
/// </summary>
/// <param name="load">Loads a model without an adapter.</param>
internal sealed class SharedBases(Func<string, LanguageModel> load)
{
    private readonly Dictionary<string, (LanguageModel Model, int Users)> _bases = [];

    /// <summary>Where the weights of a model lie, which all of one base have in common.</summary>
    public static string PlaceOf(string path) => Path.GetFullPath(ModelFolder.Resolve(ModelFolder.Parts(path)?.Base ?? path));

    /// <summary>A model, or <c>BASE+ADAPTER</c>, whose base is loaded where it is not yet.</summary>
    public LanguageModel Take(string path)
    {
        var parts = ModelFolder.Parts(path);
        var place = PlaceOf(path);
        var (model, users) = _bases.TryGetValue(place, out var there) ? there : (load(parts?.Base ?? path), 0);
        _bases[place] = (model, users + 1);
        try
        {
            return parts is null ? model : model.WithAdapter(parts.Value.Adapter, ModelFolder.NameOf(path));
        }
        catch
        {
            Leave(place)?.Dispose();
            throw;
        }
    }

    /// <summary>Gives a model back that was taken.</summary>
    public async ValueTask ReturnAsync(string path, LanguageModel model)
    {
        if (model.Adapter is not null)
            await model.DisposeAsync();
        if (Leave(PlaceOf(path)) is { } last)
            await last.DisposeAsync();
    }

    // The base, if that was the last one of it.
    private LanguageModel? Leave(string place)
    {
        var (model, users) = _bases[place];
        if (users > 1)
        {
            _bases[place] = (model, users - 1);
            return null;
        }
        _bases.Remove(place);
        return model;
    }
}
