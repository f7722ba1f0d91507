using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens.Formats;

/// <summary>A tokenizer as the arrays of GGUF. What these cannot say is not left out in silence: there are none then.</summary>
internal static class ArraysOfTokenizer
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;

    /// <summary>The arrays from which the same tokenizer is made again; null where there are none.</summary>
    public static TokenizerArrays? Of(BpeTokenizer tokenizer, SpecialTokens specials)
    {
        var added = tokenizer.Added.ToDictionary(token => token.Token);
        string[] tokens = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.FileName)];
        var arrays = new TokenizerArrays
        {
            Model = "gpt2",
            Tokens = tokens,
            Types = [.. tokens.Select((text, token) => Type(tokenizer, added, text, token))],
            Begin = specials.Begin,
            AddsBegin = specials.AddsBegin,
            End = specials.Separator,
            Unknown = tokenizer.Rules.Unknown,
        };
        string[] Merges() => [.. tokenizer.Merges.Select(pair => $"{tokens[pair.Left]} {tokens[pair.Right]}")];
        if (!tokenizer.Rules.IsOfCharacters)
            return SplitterNames.InGguf.FirstOrDefault(name => Same(arrays.ByteLevelRules(name), tokenizer.Rules)) is { } cutting
                ? arrays with { PreTokenizer = cutting, Merges = Merges() } : null;
        foreach (var addsSpace in (ReadOnlySpan<bool>)[true, false])
            if ((tokenizer.Scores ?? Scores(tokenizer, tokens)) is { } scores
                && arrays with { Model = "llama", Scores = scores, AddsSpace = addsSpace } is var scored
                && scored.Create() is var again && Same(again.Rules, tokenizer.Rules)
                && again.Merges.ToHashSet().SetEquals(tokenizer.Merges))
                return scored;
        return arrays with { Model = "gemma4", Merges = Merges() } is var inOrder && Same(inOrder.Create().Rules, tokenizer.Rules)
            ? inOrder : null;
    }

    /// <summary>Added tokens that take along white space, or count only as whole words: GGUF has no place for that.</summary>
    public static int Simplified(BpeTokenizer tokenizer) =>
        tokenizer.Added.Count(token => token.IsSingleWord || token.StripsLeft || token.StripsRight);

    private static bool Same(BpeRules one, BpeRules other) => one.Describe() == other.Describe();

    // Where every token's pairs stand together, their order is one of tokens, and what comes first has the highest score.
    private static float[]? Scores(BpeTokenizer tokenizer, string[] tokens)
    {
        var numbers = new Dictionary<string, int>();
        for (var token = 0; token < tokens.Length; token++)
            numbers.TryAdd(tokens[token], token);
        var (scores, last) = (new float[tokens.Length], -1);
        foreach (var (left, right) in tokenizer.Merges)
            if (!numbers.TryGetValue(tokens[left] + tokens[right], out var token) || token != last && scores[token] != 0)
                return null;
            else if (token != last)
                (scores[token], last) = ((last < 0 ? 0 : scores[last]) - 1, token);
        return scores;
    }

    private static int Type(BpeTokenizer tokenizer, Dictionary<int, AddedToken> added, string text, int token) =>
        token == tokenizer.Rules.Unknown ? Unknown
        : added.TryGetValue(token, out var one) ? one.IsSpecial ? Control : UserDefined
        : tokenizer.Rules.FallsBackToBytes && ByteNames.Read(System.Text.Encoding.UTF8.GetBytes(text)) is not null ? Byte : Normal;
}
