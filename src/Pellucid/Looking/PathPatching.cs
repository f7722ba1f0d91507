using System.Globalization;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>Where a path begins: a head's output, or a feed-forward layer's where the head is negative.</summary>
public readonly record struct Sender(int Layer, int Head = -1)
{
    /// <summary>Such as <c>head 9.6</c> or <c>mlp 3</c>.</summary>
    public override string ToString() => Head < 0 ? $"mlp {Layer}" : $"head {Layer}.{Head}";

    /// <summary>Every head of a model.</summary>
    public static IReadOnlyList<Sender> Heads(GptConfig config) =>
        [.. Component.Heads(config).Select(head => new Sender(head.Layer, head.Head))];

    /// <summary>What it adds to the residual stream, or of which it is made: of a head its mixed values.</summary>
    public Activation Output => Head < 0 ? Activation.MlpOut : Activation.Z;
}

/// <summary>Where a path ends: the queries, keys or values of a head. No receivers at all are the logits.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Head">0-based; of keys and values one of the heads that have them, which may be fewer.</param>
/// <param name="Part"><c>q</c>, <c>k</c> or <c>v</c>.</param>
public readonly record struct Receiver(int Layer, int Head, Activation Part)
{
    /// <summary>What a head that asks reads: its own queries, or the keys and values of its group.</summary>
    internal static Receiver Of(GptConfig config, int layer, int head, Activation part) =>
        new(layer, part == Activation.Q ? head : config.Block(layer).Attention.KeyValueHeadOf(head), part);

    /// <summary>As short as it can be written and read again, such as <c>9.6q</c>.</summary>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"{Layer}.{Head}{Part.Name()}");

    /// <summary>Reads what <see cref="Notation"/> writes.</summary>
    /// <exception cref="ArgumentException">It is no receiver.</exception>
    public static Receiver Parse(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var numbers = word.TrimEnd('q', 'k', 'v').Split('.')
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray();
        return numbers is [>= 0 and var layer, >= 0 and var head] && word[^1] is 'q' or 'k' or 'v'
            ? new Receiver(layer, head, Activations.Parse(word[^1..]))
            : throw new ArgumentException(
                $"'{word}' is no receiver; write logits, or 9.6q for the queries of layer 9's head 6, k and v for its keys and values");
    }

    /// <summary>Such as <c>9.6 q</c>.</summary>
    public override string ToString() => $"{Layer}.{Head} {Part.Name()}";
}

/// <summary>What goes along the paths from one sender to the receivers.</summary>
/// <param name="Sender">The sender.</param>
/// <param name="Effect">Change of the base's logit difference.</param>
/// <param name="Effects">The same prompt by prompt.</param>
public sealed record PathEffect(Sender Sender, Estimate Effect, IReadOnlyList<double> Effects);

/// <summary>
/// Path patching (Goldowsky-Dill et al. 2023; Wang et al. 2023), exact: the sender takes its value from the source prompt,
/// every other head stays as it was, and only the receivers see what arrives. The four passes are: A the source run, B the
/// base run, C the base run with all heads held and the sender changed, D the base run with the receivers' inputs of C at
/// every position: where nothing arrived they are the base run's, so that no receiver hears another.
/// With the heads held, each position is on its own, so C computes single rows, for all senders at once; D computes
/// what follows the first receiver, from the changed position on. Every effect has the bits of four whole forwards.
/// </summary>
public static class PathPatching
{
    private const int RowsAtATime = 2048;

    /// <summary>Measures the paths from each sender to the receivers together.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="pairs">Base prompts with their answers, and the prompts that senders take their values from.</param>
    /// <param name="senders">Where paths begin.</param>
    /// <param name="receivers">Where they end; none for the logits.</param>
    /// <param name="positions">For each pair the position that is changed, or −1 for all; the last ones if not given.</param>
    /// <param name="freezeFeedForward">Whether feed-forward layers stay as they were too, instead of passing on what reaches them.</param>
    public static IReadOnlyList<PathEffect> Run(Gpt gpt, IReadOnlyList<PromptPair> pairs, IReadOnlyList<Sender> senders,
        IReadOnlyList<Receiver> receivers, IReadOnlyList<int>? positions = null, bool freezeFeedForward = false) =>
        Measure(gpt, pairs, senders, receivers, positions, freezeFeedForward, _ => []);

    /// <summary>Paths to the logits in a model in which something is missing, base and source alike.</summary>
    internal static IReadOnlyList<PathEffect> RunKnockedOut(Gpt gpt, IReadOnlyList<PromptPair> pairs, IReadOnlyList<Sender> senders,
        Func<int, IEnumerable<VariantEdit>> missing) =>
        Measure(gpt, pairs, senders, [], null, false, missing);

    private static IReadOnlyList<PathEffect> Measure(Gpt gpt, IReadOnlyList<PromptPair> pairs, IReadOnlyList<Sender> senders,
        IReadOnlyList<Receiver> receivers, IReadOnlyList<int>? positions, bool freezeFeedForward,
        Func<int, IEnumerable<VariantEdit>> missing)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(senders);
        ArgumentNullException.ThrowIfNull(receivers);
        Require(gpt.Config, senders, receivers);
        positions ??= [.. pairs.Select(pair => pair.Base.Tokens.Length - 1)];
        var effects = senders.Select(_ => new List<double>()).ToArray();
        foreach (var chunk in Chunks(pairs, senders.Count))
        {
            var part = RunChunk(gpt, [.. chunk.Select(i => pairs[i])], senders, receivers, [.. chunk.Select(i => positions[i])],
                freezeFeedForward, prompt => missing(chunk[prompt]));
            for (var s = 0; s < senders.Count; s++)
                effects[s].AddRange(part[s]);
        }
        return [.. senders.Select((sender, s) => new PathEffect(sender, Estimate.Of(effects[s]), effects[s]))];
    }

    internal static void Require(GptConfig config, IReadOnlyList<Sender> senders, IReadOnlyList<Receiver> receivers)
    {
        foreach (var sender in senders)
            ActivationCache.RequirePlace(config, sender.Output, sender.Layer, sender.Head);
        foreach (var receiver in receivers)
        {
            if (receiver.Part is not (Activation.Q or Activation.K or Activation.V))
                throw new ArgumentException($"a receiver is the q, k or v of a head, not its {receiver.Part.Name()}");
            ActivationCache.RequirePlace(config, receiver.Part, receiver.Layer, receiver.Head);
        }
    }

    // Pairs that are computed together: some thousand rows for all senders.
    private static IEnumerable<List<int>> Chunks(IReadOnlyList<PromptPair> pairs, int senders)
    {
        var (chunk, rows) = (new List<int>(), 0);
        for (var i = 0; i < pairs.Count; i++)
        {
            var count = senders + pairs[i].Source.Length;
            if (chunk.Count > 0 && rows + count > RowsAtATime)
            {
                yield return chunk;
                (chunk, rows) = ([], 0);
            }
            chunk.Add(i);
            rows += count;
        }
        if (chunk.Count > 0)
            yield return chunk;
    }

    private static double[][] RunChunk(Gpt gpt, List<PromptPair> pairs, IReadOnlyList<Sender> senders, IReadOnlyList<Receiver> receivers,
        int[] positions, bool freezeFeedForward,
        Func<int, IEnumerable<VariantEdit>> missing)
    {
        var (prompts, sources) = (new Prompts(pairs.Select(pair => pair.Base.Tokens)), new Prompts(pairs.Select(pair => pair.Source)));
        prompts.RequireSameLengths(sources);
        bool Needed(Activation activation, int layer) => activation == Activation.Z
            || (activation == Activation.MlpOut && (freezeFeedForward || senders.Any(sender => sender.Head < 0)))
            || receivers.Any(receiver => (receiver.Part, receiver.Layer) == (activation, layer))
            || VariantRunner.Needs(gpt.Config, activation, layer);
        var edits = Enumerable.Range(0, pairs.Count).SelectMany(prompt => missing(prompt).Select(edit => (prompt, edit))).ToList();
        using var source = ActivationCache.Record(gpt, sources,
            (activation, layer) => activation is Activation.Z or Activation.MlpOut && Needed(activation, layer), edits); // A
        using var unchanged = ActivationCache.Record(gpt, prompts, Needed, edits); // B
        using var runner = new VariantRunner(gpt, unchanged);
        using var held = new HeldHeads(gpt, unchanged, source, senders, positions, freezeFeedForward);
        var questions = pairs.Select(pair => pair.Base).ToList();
        var whole = Readout.LogitDifferences(gpt, unchanged, questions);
        var after = receivers.Count == 0 ? held.LogitDifferences(questions)
            : Received(runner, unchanged, held, receivers, senders, questions); // C and D
        return [.. senders.Select((_, s) =>
            questions.Select((_, prompt) => after(s, prompt) is { } value ? value - whole[prompt] : 0).ToArray())];
    }

    // Pass D; null where the sender comes after all receivers.
    private static Func<int, int, double?> Received(VariantRunner runner, ActivationCache unchanged, HeldHeads held,
        IReadOnlyList<Receiver> receivers,
        IReadOnlyList<Sender> senders, List<Question> questions)
    {
        var inputs = held.Inputs([.. receivers.Select(receiver => receiver.Layer).Distinct()]);
        var (variants, places) = (new List<Variant>(), new Dictionary<(int, int), int>());
        for (var s = 0; s < senders.Count; s++)
        {
            var reached = receivers.Where(receiver => receiver.Layer > senders[s].Layer).ToList();
            for (var prompt = 0; prompt < questions.Count && reached.Count > 0; prompt++)
            {
                var (position, count, row) = held.Place(s, prompt);
                places[(s, prompt)] = variants.Count;
                var arrived = reached.Select(receiver => new VariantEdit(receiver.Part, receiver.Layer, position, count, receiver.Head, -1,
                    inputs[(receiver.Layer, receiver.Part)], row));
                variants.Add(new Variant(prompt, [.. arrived, .. AsTheyWere(unchanged, reached, prompt, position + count)]));
            }
        }
        var differences = runner.LogitDifferences(variants, questions);
        return (s, prompt) => places.TryGetValue((s, prompt), out var place) ? differences[place] : null;
    }

    // After the changed position later receivers would hear earlier ones: there they are given what the base run gave them.
    private static IEnumerable<VariantEdit> AsTheyWere(ActivationCache unchanged, List<Receiver> receivers, int prompt, int position)
    {
        var (first, count) = (receivers.Min(receiver => receiver.Layer), unchanged.Prompts[prompt].Length - position);
        foreach (var receiver in receivers.Where(receiver => receiver.Layer > first && count > 0))
            yield return new VariantEdit(receiver.Part, receiver.Layer, position, count, receiver.Head, -1,
                unchanged[receiver.Part, receiver.Layer],
                unchanged.Prompts.RowOf(prompt, position));
    }
}
