using Pellucid.Models.Families;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// Published shapes by name: GPT-1 (Radford et al. 2018), GPT-2 (Radford et al. 2019), GPT-3 (Brown et al. 2020, table
/// 2.1), and some of the Llama family. Two rows of that table contradict themselves: XL's 24 heads of 128 are not 2048
/// columns, which 16 heads make, and 13B's 5140 columns are not 40 heads of 128, which 5120 are. Its text says that dense and
/// locally banded attention alternate, not how wide the band is; 256 here, as in GPT-Neo.
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
        // As of the stories of llama2.c.
        ("llama-15m", Llama(6, 6, 288, 6, 768, 32000, 256, 1e4) with { TiedOutput = true }),
        ("llama-42m", Llama(8, 8, 512, 8, 1376, 32000, 1024, 1e4) with { TiedOutput = true }),
        ("llama-110m", Llama(12, 12, 768, 12, 2048, 32000, 1024, 1e4) with { TiedOutput = true }),
        ("smollm2-135m", Llama(30, 9, 576, 3, 1536, 49152, 8192, 1e5) with { TiedOutput = true }),
        ("tinyllama-1.1b", Llama(22, 32, 2048, 4, 5632, 32000, 2048, 1e4)),
        ("llama2-7b", Llama(32, 32, 4096, 32, 11008, 32000, 4096, 1e4)),
        ("llama3-8b", Llama(32, 32, 4096, 8, 14336, 128256, 8192, 5e5)),
        ("qwen3-0.6b", Qwen3(28, 16, 1024, 3072)),
        ("qwen3-1.7b", Qwen3(28, 16, 2048, 6144)),
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

    private static GptConfig Llama(
        int layers, int heads, int width, int groups, int neurons, int vocabulary, int context, double theta) => new()
    {
        Family = ModelFamily.Llama, VocabularySize = vocabulary, Context = context, Layers = layers, Heads = heads, Width = width,
        KeyValueHeads = groups, FeedForwardWidth = neurons, Norm = new(NormKind.Rms, Epsilon: 1e-5f, HasBias: false),
        Nonlinearity = Nonlinearity.Silu, LearnedPositions = false, Rotary = new RotaryShape(theta, width / heads),
        AttentionBiases = AttentionBiases.None, Gated = true, FeedForwardBiases = false, TiedOutput = false,
    };

    private static GptConfig Qwen3(int layers, int heads, int width, int neurons)
    {
        const int headWidth = 128;
        return Llama(layers, heads, width, 8, neurons, 151936, 40960, 1e6) with
        {
            Family = ModelFamily.Qwen3, HeadWidth = headWidth, Rotary = new RotaryShape(1e6, headWidth), HeadNorm = HeadNorm.EachHead,
            Norm = new(NormKind.Rms, Epsilon: 1e-6f, HasBias: false), TiedOutput = true,
        };
    }

    private static GptConfig Gpt3(int layers, int heads, int width) =>
        New(layers, heads, width) with { Context = 2048, Windows = Gpt2Family.Banded(layers, Gpt3Band) };
}
