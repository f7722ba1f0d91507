using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>Token sequences that are looked at together: one after another they are the rows of a forward.</summary>
public sealed class Prompts
{
    private readonly int[][] _tokens;
    private readonly int[] _starts;

    /// <summary>From the tokens of each; none may be empty.</summary>
    public Prompts(IEnumerable<int[]> tokens)
    {
        _tokens = [.. tokens];
        _starts = new int[_tokens.Length];
        for (var prompt = 0; prompt < _tokens.Length; prompt++)
        {
            if (_tokens[prompt].Length == 0)
                throw new ArgumentException($"prompt {prompt + 1} has no tokens");
            _starts[prompt] = Rows;
            Rows += _tokens[prompt].Length;
        }
        if (_tokens.Length == 0)
            throw new ArgumentException("there must be at least one prompt");
    }

    /// <summary>Number of prompts.</summary>
    public int Count => _tokens.Length;

    /// <summary>Rows of all prompts.</summary>
    public int Rows { get; }

    /// <summary>Tokens of a prompt.</summary>
    public int[] this[int prompt] => _tokens[prompt];

    /// <summary>The row that holds a position of a prompt.</summary>
    public int RowOf(int prompt, int position) => (uint)position < (uint)_tokens[prompt].Length ? _starts[prompt] + position
        : throw new ArgumentException($"prompt {prompt + 1} has positions 0 to {_tokens[prompt].Length - 1}, not {position}");

    /// <summary>Refuses prompts whose positions cannot be compared with those of others.</summary>
    /// <exception cref="ArgumentException">Names the first pair of prompts of unequal token counts.</exception>
    public void RequireSameLengths(Prompts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Count != other.Count)
            throw new ArgumentException($"there are {Count} prompts on one side and {other.Count} on the other");
        for (var prompt = 0; prompt < Count; prompt++)
            if (this[prompt].Length != other[prompt].Length)
                throw new ArgumentException("positions must align, "
                    + $"but prompt {prompt + 1} has {this[prompt].Length} tokens and its counterpart {other[prompt].Length}");
    }

    /// <summary>Refuses prompts of unequal lengths.</summary>
    /// <exception cref="ArgumentException">Names the first prompt that differs from the first one.</exception>
    public void RequireOneLength()
    {
        for (var prompt = 1; prompt < Count; prompt++)
            if (this[prompt].Length != this[0].Length)
                throw new ArgumentException(
                    $"positions must align, but prompt 1 has {this[0].Length} tokens and prompt {prompt + 1} has {this[prompt].Length}");
    }

    internal void AddTo(TokenRows rows)
    {
        foreach (var tokens in _tokens)
            rows.Add(tokens);
    }

    internal void RequireFit(GptConfig config)
    {
        for (var prompt = 0; prompt < Count; prompt++)
            if (this[prompt].Length > config.Context)
                throw new ArgumentException(
                    $"prompt {prompt + 1} has {this[prompt].Length} tokens, but the model's context is {config.Context}");
    }
}
