using Pellucid.Looking.Features;
using Pellucid.Models;

namespace Pellucid.Web.Explorer;

/// <summary>Features as a page shows them.</summary>
/// <param name="Source">Where they are from.</param>
/// <param name="Dictionary">The features; null where they are not of this model.</param>
/// <param name="Problem">Why they are not.</param>
internal sealed record ExploredFeatures(FeatureSource Source, FeatureDictionary? Dictionary, string? Problem)
{
    private FeatureSearch? _search;

    public string Name => Source.Name;

    /// <summary>Whether they stand for a feed-forward layer, so that answers are traced through them.</summary>
    public bool IsTranscoder => Dictionary?.Config is { Reads.Activation: Activation.ResidMid or Activation.Ln2 } config
        && config.Written.Activation == Activation.MlpOut && config.Reads.Layer == config.Written.Layer;

    /// <summary>What of them is found by what they write; on the engine.</summary>
    public FeatureSearch Search(Gpt gpt) => _search ??= new FeatureSearch(gpt, Dictionary!);

    /// <summary>Reads them; on the engine.</summary>
    public static ExploredFeatures Of(FeatureSource source, Gpt gpt)
    {
        FeatureDictionary? dictionary = null;
        try
        {
            dictionary = SaeLensFolder.Read(source.Folder, gpt.Backend);
            dictionary.RequireFit(gpt);
            return new ExploredFeatures(source, dictionary, null);
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException or IOException or NotSupportedException
            or UnauthorizedAccessException)
        {
            dictionary?.Dispose();
            return new ExploredFeatures(source, null, error.Message);
        }
    }
}
