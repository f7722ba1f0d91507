using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    // What is stored was turned before the text was there, and cannot be turned anew when it becomes long.
    private int Length(TokenRows rows, GptRun run) => run.Length ?? (run.Store is null ? rows.LongestKeyCount : Config.Context);

    private void CheckRows(TokenRows rows)
    {
        if (rows.Count == 0)
            throw new ArgumentException("a forward needs at least one row");
        foreach (var token in rows.Tokens)
            if ((uint)token >= (uint)Config.VocabularySize)
                throw new ArgumentException($"token {token} is outside the vocabulary of {Config.VocabularySize}");
        foreach (var position in rows.Positions)
            if ((uint)position >= (uint)Config.Context)
                throw new ArgumentException($"position {position} is outside the context of {Config.Context}");
    }
}
