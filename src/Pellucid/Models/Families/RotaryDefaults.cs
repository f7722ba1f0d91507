namespace Pellucid.Models.Families;

/// <summary>What a family's configuration means where it says nothing: the defaults of the classes of transformers.</summary>
/// <param name="Vocabulary">V.</param>
/// <param name="Width">C.</param>
/// <param name="Neurons">F.</param>
/// <param name="Layers">L.</param>
/// <param name="Heads">H.</param>
/// <param name="Context">T.</param>
/// <param name="KeyValueHeads">K; as many as heads where null.</param>
/// <param name="HeadWidth">D; C / H where null.</param>
/// <param name="Epsilon">Of normalisations.</param>
/// <param name="Tied">Whether the output table is the token table.</param>
/// <param name="Theta">The base of rotary frequencies.</param>
internal sealed record RotaryDefaults(int Vocabulary, int Width, int Neurons, int Layers, int Heads, int Context, int? KeyValueHeads = null,
    int? HeadWidth = null, double Epsilon = 1e-6, bool Tied = false, double Theta = 10_000);
