using Pellucid.Models.Families;

namespace Pellucid.Models;

/// <summary>
/// Published shapes by name: GPT-1 (Radford et al. 2018), GPT-2 (Radford et al. 2019), GPT-3 (Brown et al. 2020, table
/// 2.1). Two rows of that table contradict themselves: XL's 24 heads of 128 are not 2048 columns, which 16 heads make, and
/// 13B's 5140 columns are not 40 heads of 128, which 5120 are. Its text says that dense and locally banded attention
/// alternate, not how wide the band is; 256 here, as in GPT-Neo.
/// </summary>
public static class GptPresets
{
    private const int Gpt3Band = 256;

    private static readonly (string Name, GptConfig Config)[] Shapes =
    [
        ("gpt1", New(12, 12, 768) with
        {
            VocabularySize = 40478, Context = 512, Family = ModelFamily.Gpt1, Norm = new(Place: NormPlace.Stream)
        }),
        ("gpt2", New(12, 12, 768)),
        ("gpt2-medium", New(24, 16, 1024)),
        ("gpt2-large", New(36, 20, 1280)),
        ("gpt2-xl", New(48, 25, 1600)),
        ("gpt3-small", Gpt3(12, 12, 768)),
        ("gpt3-medium", Gpt3(24, 16, 1024)),
        ("gpt3-large", Gpt3(24, 16, 1536)),
        ("gpt3-xl", Gpt3(24, 16, 2048)),
        ("gpt3-2.7b", Gpt3(32, 32, 2560)),
        ("gpt3-6.7b", Gpt3(32, 32, 4096)),
        ("gpt3-13b", Gpt3(40, 40, 5120)),
        ("gpt3-175b", Gpt3(96, 96, 12288)),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => Shapes.Select(shape => shape.Name);

    /// <summary>The shape of that name, or null.</summary>
    public static GptConfig? Find(string name) => Shapes.FirstOrDefault(shape => shape.Name == name).Config;

    /// <summary>Tokens that the published model was trained on, where the paper says so.</summary>
    public static double? TrainingTokens(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith("gpt3", StringComparison.Ordinal) ? 300e9 : null;
    }

    private static GptConfig New(int layers, int heads, int width) =>
        new() { VocabularySize = 50257, Context = 1024, Layers = layers, Heads = heads, Width = width };

    private static GptConfig Gpt3(int layers, int heads, int width) =>
        New(layers, heads, width) with { Context = 2048, Windows = Gpt2Family.Banded(layers, Gpt3Band) };
}
