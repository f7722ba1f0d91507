using Pellucid.Looking.Relations;
using Pellucid.Worlds;

namespace Pellucid.Cli;

/// <summary>A relation as questions: its first pairs are told, a line each, and every other one is asked after them.</summary>
internal static class RelationQuestions
{
    /// <summary>Reads a relation's file.</summary>
    /// <param name="path">JSON of the lre-relations collection.</param>
    /// <param name="template">How it is asked for, if not by the file's first template.</param>
    /// <param name="examples">Pairs that are told.</param>
    /// <exception cref="ArgumentException">There are fewer pairs than examples, or none is left to ask.</exception>
    public static IReadOnlyList<ClozeQuestion> Read(string path, string? template, int examples)
    {
        var relation = RelationFile.Read(path, template);
        if (examples < 0 || examples >= relation.Pairs.Count)
            throw new ArgumentException($"--examples must lie between 0 and {relation.Pairs.Count - 1}, one fewer than {path} has pairs");
        string Ask(RelationPair pair) => relation.Template.Replace("{}", pair.Subject, StringComparison.Ordinal);
        var told = string.Concat(relation.Pairs.Take(examples).Select(pair => $"{Ask(pair)} {pair.Object}{relation.Separator}"));
        return [.. relation.Pairs.Skip(examples).Select(pair => new ClozeQuestion(told + Ask(pair), " " + pair.Object, [], relation.Name))];
    }
}
