using System.Buffers;
using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Looking;

/// <summary>What the residual stream says at one place, read as if the model ended there.</summary>
/// <param name="Activation"><c>resid_pre</c> of layer 0 for the embedding, else <c>resid_mid</c> or <c>resid_post</c>.</param>
/// <param name="Layer">0-based.</param>
/// <param name="Prompt">Which prompt.</param>
/// <param name="Position">Which position; what is said is about the token after it.</param>
/// <param name="Top">The likeliest tokens and their probabilities.</param>
/// <param name="Target">The token that is followed through the layers.</param>
/// <param name="TargetProbability">Its probability here.</param>
/// <param name="TargetRank">Tokens that are likelier here.</param>
/// <param name="Entropy">Of what is said, in nats.</param>
/// <param name="Divergence">KL(what the model says at the end ‖ what is said here), in nats.</param>
public sealed record LensReading(Activation Activation, int Layer, int Prompt, int Position,
    IReadOnlyList<(int Token, double Probability)> Top,
    int Target, double TargetProbability, int TargetRank, double Entropy, double Divergence)
{
    /// <summary>Such as <c>embedding</c>, <c>mid block 3</c>, <c>after block 3</c>: blocks are counted from 0.</summary>
    public string Name => Activation == Activation.ResidPre ? "embedding"
        : $"{(Activation == Activation.ResidMid ? "mid" : "after")} block {Layer}";

    /// <summary>All of it as one JSON object.</summary>
    public void Write(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("activation", Activation.Name());
        json.WriteNumber("layer", Layer);
        json.WriteNumber("position", Position);
        json.WriteStartArray("top");
        foreach (var (token, probability) in Top)
            json.WriteToken(tokenizer, token, probability);
        json.WriteEndArray();
        json.WriteNumber("target", Target);
        json.WriteNumber("target_probability", TargetProbability);
        json.WriteNumber("target_rank", TargetRank);
        json.WriteNumber("entropy", Entropy);
        json.WriteNumber("kl_to_end", Divergence);
        json.WriteEndObject();
    }
}

/// <summary>
/// The logit lens (nostalgebraist 2020): softmax(W_U · ln_f(x)) of the residual stream x after every block, and between
/// attention and feed-forward. After the last block it is what the model says, bit for bit.
/// </summary>
public static class LogitLens
{
    // A pass over the table of tokens serves so many rows, where their logits are not more than these (96 MB).
    private const int RowsAtATime = 416, LogitsAtATime = 24 << 20;

    /// <summary>Reads every layer at the positions that are asked for; at all of them without a choice.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="prompts">The texts.</param>
    /// <param name="top">How many of the likeliest tokens are kept.</param>
    /// <param name="midway">Whether to read between attention and feed-forward too.</param>
    /// <param name="target">The token to follow at a prompt's position; where none is given, what the model says in the end.</param>
    /// <param name="wanted">Which positions of which prompts.</param>
    public static IReadOnlyList<LensReading> Read(Gpt gpt, Prompts prompts, int top = 5, bool midway = true,
        Func<int, int, int?>? target = null, Func<int, int, bool>? wanted = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(prompts);
        using var cache = ActivationCache.Record(gpt, prompts, (activation, layer) => IsRead(activation, layer, midway));
        return Read(gpt, cache, top, midway, target, wanted);
    }

    /// <summary>The same from a run that was recorded:
    /// <c>resid_pre</c> of layer 0, <c>resid_post</c> of all, and <c>resid_mid</c> for reading midway.</summary>
    public static IReadOnlyList<LensReading> Read(Gpt gpt, ActivationCache cache, int top = 5, bool midway = true,
        Func<int, int, int?>? target = null, Func<int, int, bool>? wanted = null) => Read(gpt, cache, top, midway, target, wanted, null);

    internal static IReadOnlyList<LensReading> Read(Gpt gpt, ActivationCache cache, int top, bool midway,
        Func<int, int, int?>? target, Func<int, int, bool>? wanted, LensRows? kept)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(cache);
        var places = ActivationCache.Places(gpt.Config).Where(place => IsRead(place.Activation, place.Layer, midway)).ToList();
        var columns = (from prompt in Enumerable.Range(0, cache.Prompts.Count)
            from position in Enumerable.Range(0, cache.Prompts[prompt].Length)
                       where wanted?.Invoke(prompt, position) ?? true select (prompt, position)).ToList();
        using var pass = new ForwardPass(gpt);
        var (readings, V) = (new List<LensReading>(), gpt.Config.VocabularySize);
        bool IsKept((Activation, int) place, int position) => kept?.Find(place, position) is not null;
        var computed = columns.Select(column => places.Count(place => !IsKept(place, column.position))).DefaultIfEmpty(1).Max();
        var together = Math.Clamp(Math.Min(RowsAtATime, LogitsAtATime / V) / computed, 1, Math.Max(1, columns.Count));
        // fresh memory costs as much as filling it
        var logits = ArrayPool<float>.Shared.Rent(together * computed * V);
        foreach (var some in columns.Chunk(together))
            AddColumns(gpt, cache, pass, places, some, top, target, logits, kept, readings);
        ArrayPool<float>.Shared.Return(logits);
        return readings;
    }

    private static bool IsRead(Activation activation, int layer, bool midway) =>
        activation == Activation.ResidPost || (activation == Activation.ResidPre && layer == 0)
            || (midway && activation == Activation.ResidMid);

    // All places of some positions: enough rows that the table of tokens is read once for many of them.
    private static void AddColumns(Gpt gpt, ActivationCache cache, ForwardPass pass, List<(Activation Activation, int Layer)> places,
        (int Prompt, int Position)[] columns, int top,
        Func<int, int, int?>? target, float[] logits, LensRows? kept, List<LensReading> readings)
    {
        var (run, P, V) = (pass.NewRun(), places.Count, gpt.Config.VocabularySize);
        var (rows, computed) = (new ReadOnlyMemory<float>[columns.Length * P], new List<int>());
        for (var row = 0; row < rows.Length; row++)
            if (kept?.Find(places[row % P], columns[row / P].Position) is { } found)
                rows[row] = found;
            else
            {
                rows[row] = logits.AsMemory(computed.Count * V, V);
                computed.Add(row);
            }
        var residual = run.Operations.Arena.Allocate(new Shape(computed.Count, gpt.Config.Width), gpt.Parameters.Type);
        for (var r = 0; r < computed.Count; r++)
        {
            var ((activation, layer), (prompt, position)) = (places[computed[r] % P], columns[computed[r] / P]);
            gpt.Backend.Copy(cache[activation, layer].RowRange(cache.Prompts.RowOf(prompt, position), 1), residual.RowRange(r, 1));
        }
        pass.Logits(residual, logits.AsSpan(0, residual.Rows * V));
        foreach (var row in computed)
            kept?.Keep(places[row % P], columns[row / P].Position, rows[row].Span);
        var read = new LensReading[rows.Length];
        // Of a large vocabulary this takes as long as the logits.
        Parallel.For(0, columns.Length, new ParallelOptions { MaxDegreeOfParallelism = gpt.Backend.Threads },
            () => (End: new Distribution(V), Here: new Distribution(V)), (c, _, said) =>
        {
            var (prompt, position) = columns[c];
            said.End.Take(rows[(c + 1) * P - 1].Span);
            var followed = target?.Invoke(prompt, position) ?? said.End.Top(1)[0];
            for (var i = 0; i < P; i++)
            {
                var here = i == P - 1 ? said.End : said.Here;
                if (i < P - 1)
                    here.Take(rows[c * P + i].Span);
                read[c * P + i] = new LensReading(places[i].Activation, places[i].Layer, prompt, position,
                    [.. here.Top(top).Select(token => (token, here.Probability(token)))],
                    followed, here.Probability(followed), here.Rank(followed), here.Entropy(), said.End.DivergenceFrom(here));
            }
            return said;
        }, _ => { });
        readings.AddRange(read);
    }
}
