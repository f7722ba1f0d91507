using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Expressions;

/// <summary>A part of a regular expression.</summary>
internal abstract record ExpressionNode
{
    /// <summary>Whether ^ or $ stands in it.</summary>
    public virtual bool HasAnchor => false;
}

/// <summary>One character of a set.</summary>
internal sealed record CharacterNode(CodePoints Set) : ExpressionNode;

/// <summary>The start of the text, or its end.</summary>
internal sealed record AnchorNode(bool IsStart) : ExpressionNode
{
    public override bool HasAnchor => true;
}

/// <summary>Parts one after another.</summary>
internal sealed record SequenceNode(IReadOnlyList<ExpressionNode> Parts) : ExpressionNode
{
    public override bool HasAnchor { get; } = Parts.Any(part => part.HasAnchor);
}

/// <summary>One of several parts.</summary>
internal sealed record ChoiceNode(IReadOnlyList<ExpressionNode> Parts) : ExpressionNode
{
    public override bool HasAnchor { get; } = Parts.Any(part => part.HasAnchor);
}

/// <summary>A part several times; −1 is no bound.</summary>
internal sealed record RepeatNode(ExpressionNode Part, int Min, int Max) : ExpressionNode
{
    public override bool HasAnchor => Part.HasAnchor;
}
