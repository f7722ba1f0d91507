using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Expressions;

/// <summary>Makes terms of regular expressions.</summary>
/// <param name="table">Where they belong.</param>
/// <param name="write">How a character of a set is written.</param>
internal sealed class ExpressionTerms(TermTable table, Func<CodePoints, Term> write)
{
    private const int MostTerms = 100_000;
    private int _made;

    /// <summary>Texts that match from one end to the other.</summary>
    public Term Whole(string expression) => Anchored([ExpressionReader.Read(expression)], table.Empty, expression);

    /// <summary>Texts in which a match stands somewhere.</summary>
    public Term Search(string expression) =>
        Anchored([ExpressionReader.Read(expression)], table.Repeat(write(CodePoints.All), 0, -1), expression);

    // Before ^ and after $ nothing stands; where they are missing, what is around does.
    private Term Anchored(List<ExpressionNode> parts, Term around, string expression)
    {
        Depth.Check();
        if (++_made > MostTerms)
            throw new ConstraintException($"the regular expression {ExpressionReader.Quoted(expression)} is too complex");
        for (var i = 0; i < parts.Count;)
            if (parts[i] is SequenceNode sequence)
            {
                parts.RemoveAt(i);
                parts.InsertRange(i, sequence.Parts);
            }
            else
                i++;
        for (var i = 0; i < parts.Count; i++)
            if (parts[i] is ChoiceNode { HasAnchor: true } choice)
                return table.Either([.. choice.Parts.Select(part =>
                    Anchored([.. parts[..i], part, .. parts[(i + 1)..]], around, expression))]);
            else if (parts[i] is RepeatNode { HasAnchor: true, Min: 0, Max: 1 } optional)
                return table.Either(Anchored([.. parts[..i], .. parts[(i + 1)..]], around, expression),
                    Anchored([.. parts[..i], optional.Part, .. parts[(i + 1)..]], around, expression));
        var starts = parts.FindLastIndex(part => part is AnchorNode { IsStart: true });
        var ends = parts.FindIndex(part => part is AnchorNode { IsStart: false });
        var (first, last) = (starts + 1, ends < 0 ? parts.Count : ends);
        if (first > last)
            throw Inside(expression);
        var outside = parts[..first].Concat(parts[last..]).Where(part => part is not AnchorNode).ToArray();
        if (outside.Length > 0)
            return Array.Exists(outside, part => part.HasAnchor) || Array.TrueForAll(outside, part => Of(part).IsNullable)
                ? throw Inside(expression) : table.Nothing;
        if (parts[first..last].Any(part => part.HasAnchor))
            throw Inside(expression);
        var inside = table.Sequence([.. parts[first..last].Select(Of)]);
        return table.Sequence(starts < 0 ? around : table.Empty, inside, ends < 0 ? around : table.Empty);
    }

    private static ConstraintException Inside(string expression) =>
        new($"the regular expression {ExpressionReader.Quoted(expression)} has ^ or $ inside, which is not supported");

    private Term Of(ExpressionNode node) => node switch
    {
        CharacterNode character => write(character.Set),
        SequenceNode sequence => table.Sequence([.. sequence.Parts.Select(Of)]),
        ChoiceNode choice => table.Either([.. choice.Parts.Select(Of)]),
        RepeatNode repeat => table.Repeat(Of(repeat.Part), repeat.Min, repeat.Max),
        _ => throw new InvalidOperationException("an anchor is no text"),
    };
}
