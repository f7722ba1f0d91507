using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Pellucid.LongTests;

/// <summary>Encoding beside Microsoft.ML.Tokenizers: the same tokens, and how much faster, in one run and in turn.</summary>
internal static class TokenizerRace
{
    private const int Rounds = 5, PieceCharacters = 4096;

    private static readonly Regex Pieces = new(
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.Compiled);

    public static int Run(string vocabulary, string path)
    {
        var tokenizer = Pellucid.Tokens.Tokenizer.Load(vocabulary);
        var special = new Dictionary<string, int> { ["<|endoftext|>"] = tokenizer.EndOfText!.Value };
        using var ranks = File.OpenRead(vocabulary);
        var peer = TiktokenTokenizer.Create(ranks, new RegexPreTokenizer(Pieces, special), null, special);
        var texts = File.ReadAllText(path)[..8_000_000].Chunk(PieceCharacters).Select(part => new string(part)).ToArray();
        var bytes = texts.Select(Encoding.UTF8.GetBytes).ToArray();
        var size = bytes.Sum(part => part.Length) / 1e6;
        var (ours, theirs, differ) = (new List<double>(), new List<double>(), 0);
        for (var round = -1; round < Rounds; round++)
        {
            var (tokens, begun) = (new List<int>(), Stopwatch.GetTimestamp());
            foreach (var part in bytes)
                tokenizer.Encode(part, tokens);
            var our = size / Stopwatch.GetElapsedTime(begun).TotalSeconds;
            var other = new List<int>();
            begun = Stopwatch.GetTimestamp();
            foreach (var part in texts)
                other.AddRange(peer.EncodeToIds(part));
            var their = size / Stopwatch.GetElapsedTime(begun).TotalSeconds;
            differ += tokens.SequenceEqual(other) ? 0 : 1;
            if (round < 0)
                continue; // warms up
            ours.Add(our);
            theirs.Add(their);
        }
        var (median, peerMedian) = (ours.Order().ElementAt(Rounds / 2), theirs.Order().ElementAt(Rounds / 2));
        Console.WriteLine($"{size:N1} MB of text, one thread: {median:N1} MB/s; Microsoft.ML.Tokenizers {peerMedian:N1} MB/s; "
            + $"{median / peerMedian:N2} times as fast; {(differ == 0 ? "equal tokens" : "TOKENS DIFFER")}");
        return differ == 0 ? 0 : 1;
    }
}
