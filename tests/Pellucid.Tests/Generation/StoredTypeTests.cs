using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Generation;

/// <summary>Keys and values over long texts, and in fewer bits.</summary>
public sealed class StoredTypeTests(ITestOutputHelper output)
{
    // Whole, in pieces, and at last token by token: the last token's logits have the same bits.
    [Fact]
    public void A_context_beyond_32_000_tokens_is_read_in_pieces_of_any_size()
    {
        const int length = 33_000, pieces = 32_500;
        var config = new GptConfig
        {
            VocabularySize = 37, Context = length, Layers = 2, Heads = 1, Width = 16, FeedForwardWidth = 32,
            Windows = PerLayer<int>.Of(2, layer => layer == 0 ? 900 : 0),
        };
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, config);
        using var store = model.Gpt.CreateStore();
        var tokens = SmallGpt.Tokens(length);
        float[] Last(ReadOnlySpan<int> some, int position, KeyValueStore? into)
        {
            var (own, count) = (some.ToArray(), some.Length);
            return model.Logits(rows => rows.Add(own, position), run => (run.Store, run.LogitRows) = (into, [count - 1])).Single();
        }
        var whole = Last(tokens, 0, null);
        for (var position = 0; position < pieces; position += 1250)
            Last(tokens.AsSpan(position, 1250), position, store);
        var last = Array.Empty<float>();
        for (var position = pieces; position < length; position++)
            last = Last(tokens.AsSpan(position, 1), position, store);
        Assert.Equal(whole, last);
        // All of the layer that sees all, and the window of the other.
        Assert.InRange(store.Pool.Taken, length / 64 + 900 / 64, length / 64 + 900 / 64 + 4);
    }

    // docs/serving.md states them, as they are on AVX-512; where a register has another width sums are rounded otherwise.
    [Theory, InlineData(ElementType.BFloat16, "bf16", "0.036"), InlineData(ElementType.Q8_0, "q8_0", "0.095")]
    public void Fewer_bits_change_the_built_in_models_logits_a_little(ElementType type, string name, string stated)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var text = new MicroWorld(4711).Text(5000);
        var tokens = Tokenizer.Load(BuiltInModel.Folder).Encode(text).Take(gpt.Config.Context).ToArray();
        using var plain = new Generator(gpt);
        using var stored = new Generator(gpt, type);
        var (largest, logit) = (0.0, 0.0);
        foreach (var token in tokens)
        {
            plain.Read([token]);
            stored.Read([token]);
            for (var i = 0; i < plain.Logits.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(plain.Logits[i] - stored.Logits[i]));
                logit = Math.Max(logit, Math.Abs(plain.Logits[i]));
            }
        }
        output.WriteLine($"{type}: logits, up to {logit:g3}, change by {largest:g3} at most, over {tokens.Length} tokens");
        Assert.Matches($@"\| `{name}` \|.*\| {Regex.Escape(stated)} \|",
            File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "serving.md")));
        Assert.Equal(double.Parse(stated, CultureInfo.InvariantCulture), largest, Vector512.IsHardwareAccelerated ? 0.00051 : 0.03);
    }
}
