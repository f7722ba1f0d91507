using Pellucid.Conversations.Jinja.Tree;

namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>Reads where values go: a name, a variable of a namespace, or several.</summary>
internal sealed class TargetParser(TokenStream tokens)
{
    /// <summary>One target, or several with commas between them.</summary>
    /// <param name="end">A word that ends them.</param>
    /// <param name="hasFields">Whether variables of namespaces may be set.</param>
    public Target Read(string? end = null, bool hasFields = false)
    {
        var (targets, isTuple) = (new List<Target>(), false);
        while (!(end is not null && tokens.Next.IsName(end)) && !tokens.Next.Is(")") && !tokens.Next.Is("=")
            && tokens.Next.Kind != TokenKind.BlockEnd)
        {
            targets.Add(ReadOne(hasFields));
            if (!tokens.TryTake(","))
                break;
            isTuple = true;
        }
        if (targets.Count == 0)
            throw tokens.Error($"Expected an expression, got '{tokens.Next.Described}'");
        return isTuple ? new TupleTarget(targets) : targets[0];
    }

    private Target ReadOne(bool hasFields)
    {
        if (tokens.TryTake("("))
        {
            tokens.Enter();
            var inside = Read(hasFields: hasFields);
            tokens.Expect(")");
            tokens.Leave();
            return inside;
        }
        var name = tokens.Expect(TokenKind.Name).Text;
        if (name is "true" or "false" or "none" or "True" or "False" or "None")
            throw tokens.Error($"can't assign to '{name}'");
        return hasFields && tokens.TryTake(".") ? new FieldTarget(name, tokens.Expect(TokenKind.Name).Text) : new NameTarget(name);
    }
}
