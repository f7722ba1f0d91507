using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>What decides which features fire, and how strongly. h is what the encoder says of a row.</summary>
public enum FeatureArchitecture
{
    /// <summary>max(h, 0) (Bricken et al. 2023).</summary>
    Standard,

    /// <summary>The k largest of a row, where they are above 0 (Gao et al. 2024).</summary>
    TopK,

    /// <summary>h where it is above a threshold of the feature's own (Rajamanoharan et al. 2024, JumpReLU).</summary>
    JumpRelu,

    /// <summary>Whether it fires and how strongly are said by two maps that share directions (Rajamanoharan et al. 2024, Gated).</summary>
    Gated,
}

/// <summary>What is done with a row before it is read, and undone in what is written in its place.</summary>
public enum FeatureNormalization
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Nothing either: rows were scaled by one number while features were learned, which the weights have taken up.</summary>
    ExpectedAverage,

    /// <summary>Mean 0 and deviation 1, with d − 1 in the deviation.</summary>
    LayerNorm,

    /// <summary>Length √d.</summary>
    ConstantNorm,
}

/// <summary>The shape of a dictionary of features, in the terms of SAELens's <c>cfg.json</c>.</summary>
public sealed record FeatureConfig
{
    /// <summary>What decides which features fire.</summary>
    public required FeatureArchitecture Architecture { get; init; }

    /// <summary>Numbers of a row that is read: <c>d_in</c>.</summary>
    public required int Width { get; init; }

    /// <summary>How many features there are: <c>d_sae</c>.</summary>
    public required int Features { get; init; }

    /// <summary>Numbers of a row that is written, of transcoders: <c>d_out</c>; <see cref="Width"/> of all others.</summary>
    public int OutputWidth { get => field == 0 ? Width : field; init; }

    /// <summary>The activation that is read.</summary>
    public required FeaturePlace Reads { get; init; }

    /// <summary>The activation that a transcoder (Dunefsky et al. 2024) writes; null of an autoencoder, which writes what it
    /// reads.</summary>
    public FeaturePlace? Writes { get; init; }

    /// <summary>Features that fire at most, of <see cref="FeatureArchitecture.TopK"/>.</summary>
    public int K { get; init; }

    /// <summary>Whether features compete by what they write, not by what they read: <c>rescale_acts_by_decoder_norm</c>.</summary>
    public bool RescalesByDecoderNorm { get; init; }

    /// <summary>Whether what is written where nothing fires is taken off what is read: <c>apply_b_dec_to_input</c>.</summary>
    public bool SubtractsDecoderBias { get; init; }

    /// <summary>What is done with a row first.</summary>
    public FeatureNormalization Normalization { get; init; }

    /// <summary>Whether a linear map of the row is added to what a transcoder writes: <c>skip_transcoder</c>.</summary>
    public bool HasSkip { get; init; }

    /// <summary>The model whose activations it is of, as the file says it.</summary>
    public string? Model { get; init; }

    /// <summary>The texts that features were learned from, as the file says it.</summary>
    public string? Data { get; init; }

    /// <summary>Tokens of a text while features were learned, where the file says it.</summary>
    public int? Context { get; init; }

    /// <summary>Whether texts began with the begin token while features were learned.</summary>
    public bool BeginsTexts { get; init; }

    /// <summary>The activation that is written: <see cref="Writes"/>, or what is read.</summary>
    public FeaturePlace Written => Writes ?? Reads;

    /// <summary>The piece of a model at which changes of these features are made, such as <c>r1</c>: what is written before a layer stands
    /// after the one below. Null where no change of it can be written.</summary>
    public Component? ChangedPiece => Written switch
    {
        { Activation: Activation.ResidPre, Layer: > 0 and var layer } => new Component(Activation.ResidPost, layer - 1),
        { Activation: Activation.ResidPost or Activation.AttnOut or Activation.MlpOut } place =>
            new Component(place.Activation, place.Layer),
        _ => null,
    };
}
