using System.Globalization;
using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>What is measured on two prompts, as data that can be written in words and read again.</summary>
public abstract record PairMeasure
{
    private const string Patch = "patch", Paths = "paths", Circuit = "circuit", ByGradient = "gradient", Freezes = "frozen", To = "to",
        At = "at", Logits = Looking.Circuit.Logits;

    /// <summary>Reads what <see cref="object.ToString"/> writes: <c>patch z heads</c>, <c>patch resid_pre positions gradient</c>,
    /// <c>paths heads to logits</c>, <c>paths mlp to 1.0q 1.1v at 3 frozen</c>, <c>circuit 0.05</c>.</summary>
    /// <exception cref="ArgumentException">It is no measure; the message shows how one is written.</exception>
    public static PairMeasure Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            [Patch, var activation, var axes] => new PatchMeasure(new(Activations.Parse(activation), PatchSweep.ParseAxes(axes))),
            [Patch, var activation, var axes, ByGradient] =>
                new PatchMeasure(new(Activations.Parse(activation), PatchSweep.ParseAxes(axes)), IsEstimate: true),
            [Paths, ("heads" or "mlp") and var from, To, .. var rest] => ParsePaths(text, from == "heads", rest),
            [Circuit, var share] when double.TryParse(share, NumberStyles.Float, CultureInfo.InvariantCulture, out var part)
                && part is > 0 and <= 1 => new PairCircuitMeasure(part),
            _ => throw Wrong(text),
        };
    }

    private static PathsMeasure ParsePaths(string text, bool fromHeads, string[] words)
    {
        var freezes = words is [.., Freezes];
        words = freezes ? words[..^1] : words;
        int? position = null;
        if (words is [.. var before, At, var at])
            (words, position) = (before, int.TryParse(at, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var place)
                && place >= -1 ? place : throw Wrong(text));
        return words.Length == 0 ? throw Wrong(text)
            : new PathsMeasure(fromHeads, words is [Logits] ? [] : [.. words.Select(Receiver.Parse)], position, freezes);
    }

    private static ArgumentException Wrong(string text) => new($"'{text}' is no measure of two prompts; write patch z heads, "
        + "patch resid_pre positions gradient, paths heads to logits, paths mlp to 1.0q 1.1v at 3 frozen, or circuit 0.05");
}

/// <summary>Activation patching, or its estimate by one gradient.</summary>
/// <param name="Sweep">What is patched in which cells.</param>
/// <param name="IsEstimate">Whether cells are estimated (<see cref="AttributionPatching"/>) instead of computed.</param>
public sealed record PatchMeasure(PatchSweep Sweep, bool IsEstimate = false) : PairMeasure
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"patch {Sweep.Activation.Name()} {PatchSweep.NameOf(Sweep.Axes)}{(IsEstimate ? " gradient" : "")}";
}

/// <summary>Exact path patching.</summary>
/// <param name="FromHeads">Whether paths begin at heads; at feed-forward layers if not.</param>
/// <param name="Receivers">Where they end, together; none for the logits.</param>
/// <param name="Position">The position that is changed, −1 for all; the last if not given.</param>
/// <param name="FreezesFeedForward">Whether feed-forward layers stay as they were.</param>
public sealed record PathsMeasure(bool FromHeads, IReadOnlyList<Receiver> Receivers, int? Position = null,
    bool FreezesFeedForward = false) : PairMeasure
{
    /// <summary>Where paths begin in a model.</summary>
    public IReadOnlyList<Sender> Senders(GptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return FromHeads ? Sender.Heads(config) : [.. Enumerable.Range(0, config.Layers).Select(layer => new Sender(layer))];
    }

    /// <summary>The position that is changed in a prompt of so many tokens.</summary>
    /// <exception cref="ArgumentException">The prompt has no such position.</exception>
    public int PositionIn(int length) => Position is not { } position ? length - 1 : position < length ? position
        : throw new ArgumentException($"the prompt has positions 0 to {length - 1}, not {position}");

    /// <inheritdoc/>
    public override string ToString() => $"paths {(FromHeads ? "heads" : "mlp")} to "
        + (Receivers.Count == 0 ? Circuit.Logits : string.Join(' ', Receivers.Select(receiver => receiver.Notation)))
        + (Position is { } position ? string.Create(CultureInfo.InvariantCulture, $" at {position}") : "")
        + (FreezesFeedForward ? " frozen" : "");
}

/// <summary>The search for heads and paths of <see cref="PairCircuitSearch"/>.</summary>
/// <param name="Share">Of the way between the prompts, from which on a path belongs to the circuit.</param>
public sealed record PairCircuitMeasure(double Share) : PairMeasure
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"circuit {Share}");
}
