using System.Runtime.InteropServices;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens;

/// <summary>How often each piece occurs in texts.</summary>
internal sealed class PieceCounts
{
    private readonly Dictionary<byte[], long> _counts = new(ByteComparer.Instance);

    /// <summary>Every piece and its count, in no order.</summary>
    public IReadOnlyCollection<KeyValuePair<byte[], long>> All => _counts;

    /// <summary>Counts the pieces of a text; special tokens in it are none.</summary>
    public void Add(ReadOnlySpan<byte> text, AddedTokens special, Splitter splitter)
    {
        var lookup = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var at = 0; at < text.Length;)
        {
            var (start, end, _) = special.Find(text, at, special: true);
            for (var document = text[at..start]; !document.IsEmpty;)
            {
                var length = splitter.PieceLength(document);
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, document[..length], out _)++;
                document = document[length..];
            }
            at = end;
        }
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(PieceCounts other)
    {
        foreach (var (piece, count) in other._counts)
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, piece, out _) += count;
    }
}
