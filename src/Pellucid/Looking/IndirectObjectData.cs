using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Looking;

/// <summary>Places of an indirect-object prompt that mean something.</summary>
public enum Role
{
    /// <summary>The receiver's only mention.</summary>
    IO,

    /// <summary>The giver's first mention.</summary>
    S1,

    /// <summary>The token after it.</summary>
    S1Next,

    /// <summary>The giver's second mention.</summary>
    S2,

    /// <summary>The last token, where the answer is read.</summary>
    End,
}

/// <summary>Names of roles as the paper writes them.</summary>
public static class Roles
{
    /// <summary>Such as <c>S1+1</c>.</summary>
    public static string Name(this Role role) => role switch { Role.S1Next => "S1+1", Role.End => "END", _ => role.ToString() };

    /// <summary>The role of that name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static Role Parse(string name) => Enum.GetValues<Role>().Cast<Role?>().FirstOrDefault(role => role!.Value.Name() == name)
        ?? throw new FormatException($"there is no role '{name}'");
}

/// <summary>Indirect-object prompts as a model reads them: tokens, answers, and where each role stands.</summary>
public sealed class IndirectObjectData
{
    private readonly int[][] _positions;
    private readonly int[] _groups;

    /// <summary>Encodes prompts, with a token in front of each if one is given.</summary>
    /// <exception cref="ArgumentException">A name is several tokens, or prompts that must align have unequal token counts;
    /// the message names them.</exception>
    public IndirectObjectData(Tokenizer tokenizer, IReadOnlyList<IndirectObjectPrompt> prompts, int? firstToken = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Count < 2)
            throw new ArgumentException("at least two prompts are needed for standard errors");
        Texts = prompts;
        Pairs = [.. prompts.Select(prompt => Encode(tokenizer, prompt, firstToken))];
        _positions = [.. Pairs.Select(Positions)];
        var groups = prompts.Select(prompt => (prompt.Template, prompt.Order)).Distinct().ToList();
        _groups = [.. prompts.Select(prompt => groups.IndexOf((prompt.Template, prompt.Order)))];
        RequireAlignment();
    }

    /// <summary>Made-up prompts from those of the built-in names, places and things that are one token for a tokenizer.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="seed">For the choice of words.</param>
    /// <param name="prompts">Of each of the 15 templates in each of the 2 orders.</param>
    /// <exception cref="InvalidDataException">Too few words are one token.</exception>
    public static IReadOnlyList<IndirectObjectPrompt> BuiltIn(Tokenizer tokenizer, ulong seed, int prompts)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        List<string> OneToken(IEnumerable<string> texts) => [.. texts.Where(text => tokenizer.Encode(" " + text).Length == 1)];
        var (names, places, things) = (OneToken(IndirectObject.Names), OneToken(IndirectObject.Places), OneToken(IndirectObject.Things));
        if (names.Count < 5 || places.Count == 0 || things.Count == 0)
            throw new InvalidDataException($"of the built-in words only {names.Count} names, {places.Count} places and {things.Count} "
                + "things are one token for this model, and 5, 1 and 1 are needed; give prompts of your own with --data");
        return new IndirectObject(seed, names, places, things).Balanced(prompts);
    }

    /// <summary>The prompts as text.</summary>
    public IReadOnlyList<IndirectObjectPrompt> Texts { get; }

    /// <summary>Each prompt with its answers, and its counterfactual.</summary>
    public IReadOnlyList<PromptPair> Pairs { get; }

    /// <summary>Number of prompts.</summary>
    public int Count => Pairs.Count;

    /// <summary>Where a role stands in each prompt.</summary>
    public IReadOnlyList<int> PositionsOf(Role role) => [.. _positions.Select(positions => positions[(int)role])];

    /// <summary>Where a role stands in one prompt.</summary>
    public int PositionOf(Role role, int prompt) => _positions[prompt][(int)role];

    /// <summary>Prompts of one template and order have one number; means are taken within it.</summary>
    public int GroupOf(int prompt) => _groups[prompt];

    /// <summary>The prompts with their answers.</summary>
    public IReadOnlyList<Question> Questions => [.. Pairs.Select(pair => pair.Base)];

    private static PromptPair Encode(Tokenizer tokenizer, IndirectObjectPrompt prompt, int? firstToken)
    {
        int[] Tokens(string text) => firstToken is { } first ? [first, .. tokenizer.Encode(text)] : tokenizer.Encode(text);
        int Name(string name) => tokenizer.Encode(" " + name) is [var token] ? token
            : throw new ArgumentException($"the name '{name}' is {tokenizer.Encode(" " + name).Length} tokens for this model; "
                + "names must be one, with the space before them");
        return new PromptPair(new Question(Tokens(prompt.Text), Name(prompt.Receiver), Name(prompt.Giver)), Tokens(prompt.Counterfactual));
    }

    private int[] Positions(PromptPair pair, int prompt)
    {
        var (tokens, receiver, giver) = (pair.Base.Tokens, pair.Base.Right, pair.Base.Wrong);
        var (io, s1, s2) = (Array.IndexOf(tokens, receiver), Array.IndexOf(tokens, giver), Array.LastIndexOf(tokens, giver));
        if (io < 0 || s1 < 0 || s1 == s2 || Array.LastIndexOf(tokens, receiver) != io)
            throw new ArgumentException(
                $"prompt {prompt + 1}, '{Texts[prompt].Text}', must name {Texts[prompt].Receiver} once and {Texts[prompt].Giver} twice");
        return [io, s1, s1 + 1, s2, tokens.Length - 1];
    }

    private void RequireAlignment()
    {
        for (var prompt = 0; prompt < Count; prompt++)
        {
            var (first, length) = (Array.IndexOf(_groups, _groups[prompt]), Pairs[prompt].Base.Tokens.Length);
            if (Pairs[prompt].Source.Length != length)
                throw new ArgumentException($"positions must align, but prompt {prompt + 1}, '{Texts[prompt].Text}', "
                    + $"has {length} tokens and its counterfactual '{Texts[prompt].Counterfactual}' has {Pairs[prompt].Source.Length}");
            if (Pairs[first].Base.Tokens.Length != length)
                throw new ArgumentException($"positions must align within a template, but prompt {first + 1}, '{Texts[first].Text}', "
                    + $"has {Pairs[first].Base.Tokens.Length} tokens and prompt {prompt + 1}, '{Texts[prompt].Text}', has {length}");
        }
    }
}
