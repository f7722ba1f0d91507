using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    private int? _context;

    /// <summary>
    /// Positions that a text may have: those of the shape, or fewer where fewer are asked for, before stores are made. What is asked for is
    /// also the length of every run to rotations that want to know it before (LongRoPE).
    /// </summary>
    /// <exception cref="ArgumentException">There are not so many.</exception>
    public int Context
    {
        get => _context ?? Config.Context;
        set => _context = value >= 1 && value <= Config.Context ? value
            : throw new ArgumentException($"a context of {value} tokens is asked for, but the model's is {Config.Context}");
    }

    /// <summary>Takes on the context for which another model of this shape was loaded, if it was for one.</summary>
    internal Gpt ForTextsOf(Gpt other)
    {
        _context = other._context;
        return this;
    }

    /// <summary>Room for keys and values of this model's texts, of whole contexts; of layers with a window no more is held than it sees.
    /// </summary>
    /// <param name="sequences">Texts held at once.</param>
    /// <param name="type">How keys and values are stored.</param>
    /// <exception cref="NotSupportedException">They are not stored in that type.</exception>
    public KeyValueStore CreateStore(int sequences = 1, ElementType type = ElementType.Float32) =>
        new(Backend, Config.Layers, sequences, Context, Config.KeyValueHeads, Config.HeadWidth, type,
            [.. Enumerable.Range(0, Config.Layers).Select(layer => Config.Windows[layer])]);

    // What is stored was turned before the text was there, and cannot be turned anew when it becomes long.
    private int Length(TokenRows rows, GptRun run) =>
        run.Length ?? _context ?? (run.Store is null ? rows.LongestKeyCount : Config.Context);

    private void CheckRows(TokenRows rows)
    {
        if (rows.Count == 0)
            throw new ArgumentException("a forward needs at least one row");
        foreach (var token in rows.Tokens)
            if ((uint)token >= (uint)Config.VocabularySize)
                throw new ArgumentException($"token {token} is outside the vocabulary of {Config.VocabularySize}");
        foreach (var position in rows.Positions)
            if ((uint)position >= (uint)Context)
                throw new ArgumentException($"position {position} is outside the context of {Context}");
    }
}
