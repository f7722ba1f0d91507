using Pellucid.Models;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>Transcoders that stand for the feed-forward layers of a model.</summary>
internal static class TranscoderSet
{
    /// <summary>Each by its layer.</summary>
    /// <exception cref="ArgumentException">One is no transcoder of a feed-forward layer, or of another model, or two are of one
    /// layer.</exception>
    public static IReadOnlyDictionary<int, FeatureDictionary> ByLayer(GptConfig config, IReadOnlyList<FeatureDictionary> transcoders)
    {
        Weights.RequireSum(config, "an attribution graph");
        Weights.RequireLinearLogits(config, "an attribution graph");
        var byLayer = new Dictionary<int, FeatureDictionary>();
        foreach (var transcoder in transcoders)
        {
            var (reads, writes) = (transcoder.Config.Reads, transcoder.Config.Written);
            if (reads.Activation is not (Activation.ResidMid or Activation.Ln2) || writes.Activation != Activation.MlpOut
                || reads.Layer != writes.Layer)
                throw new ArgumentException($"features that read {reads} and write {writes} stand for no feed-forward layer: "
                    + "a transcoder does, which reads resid_mid or ln2 and writes mlp_out of one layer");
            foreach (var place in (FeaturePlace[])[reads, writes])
                ActivationCache.RequirePlace(config, place.Activation, place.Layer);
            if (transcoder.Config.Width != config.Width || transcoder.Config.OutputWidth != config.Width)
                throw new ArgumentException($"features are of another model: they read {transcoder.Config.Width} numbers and write "
                    + $"{transcoder.Config.OutputWidth}, this model's layers have {config.Width}");
            if (!byLayer.TryAdd(reads.Layer, transcoder))
                throw new ArgumentException($"two transcoders are of layer {reads.Layer}");
        }
        return byLayer;
    }
}
