namespace Pellucid.Drawings;

/// <summary>A point or a vector of the plane, in TeX's points; y is upwards.</summary>
internal readonly record struct Point(double X, double Y)
{
    /// <summary>Points of a centimetre.</summary>
    public const double Centimetre = 28.45274;

    public double Length => Math.Sqrt(X * X + Y * Y);

    /// <summary>A quarter turn to the left.</summary>
    public Point Left => new(-Y, X);

    public static Point operator +(Point one, Point other) => new(one.X + other.X, one.Y + other.Y);

    public static Point operator -(Point one, Point other) => new(one.X - other.X, one.Y - other.Y);

    public static Point operator *(double factor, Point one) => new(factor * one.X, factor * one.Y);

    /// <summary>In a direction, in degrees.</summary>
    public static Point Polar(double degrees, double length) => Polar(degrees, length, length);

    /// <summary>On an ellipse, at an angle of its parameter, in degrees.</summary>
    public static Point Polar(double degrees, double across, double up) =>
        new(across * Math.Cos(degrees * Math.PI / 180), up * Math.Sin(degrees * Math.PI / 180));

    public static double Dot(Point one, Point other) => one.X * other.X + one.Y * other.Y;

    public static double Cross(Point one, Point other) => one.X * other.Y - one.Y * other.X;

    /// <summary>So far from this to that.</summary>
    public static Point Between(Point from, Point to, double share) => from + share * (to - from);
}

/// <summary>x' = A x + C y + E, y' = B x + D y + F.</summary>
internal readonly record struct Affine(double A, double B, double C, double D, double E, double F)
{
    public static Affine Identity { get; } = new(1, 0, 0, 1, 0, 0);

    public double Determinant => A * D - B * C;

    public static Affine Shift(Point by) => new(1, 0, 0, 1, by.X, by.Y);

    public static Affine Scale(double across, double up) => new(across, 0, 0, up, 0, 0);

    public static Affine Rotate(double degrees)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        return new Affine(cosine, sine, -sine, cosine, 0, 0);
    }

    /// <summary>What a point becomes.</summary>
    public Point Apply(Point point) => Turn(point) + new Point(E, F);

    /// <summary>What a vector becomes.</summary>
    public Point Turn(Point vector) => new(A * vector.X + C * vector.Y, B * vector.X + D * vector.Y);

    /// <summary>The vector that becomes this one.</summary>
    public Point TurnBack(Point vector) =>
        new((D * vector.X - C * vector.Y) / Determinant, (A * vector.Y - B * vector.X) / Determinant);

    /// <summary>The inner transformation first, then this one.</summary>
    public Affine Of(Affine inner)
    {
        var (across, up) = (Turn(new Point(inner.A, inner.B)), Turn(new Point(inner.C, inner.D)));
        var shift = Apply(new Point(inner.E, inner.F));
        return new Affine(across.X, across.Y, up.X, up.Y, shift.X, shift.Y);
    }
}

/// <summary>The least upright rectangle around points.</summary>
internal readonly record struct Bounds(double Left, double Bottom, double Right, double Top)
{
    public static Bounds None { get; } =
        new(double.PositiveInfinity, double.PositiveInfinity, double.NegativeInfinity, double.NegativeInfinity);

    public bool IsNone => !(Left <= Right && Bottom <= Top);

    public double Width => Right - Left;

    public double Height => Top - Bottom;

    public double Diagonal => IsNone ? 0 : new Point(Width, Height).Length;

    public Point Centre => new((Left + Right) / 2, (Bottom + Top) / 2);

    public Bounds With(Point point, double around = 0) => new(Math.Min(Left, point.X - around), Math.Min(Bottom, point.Y - around),
        Math.Max(Right, point.X + around), Math.Max(Top, point.Y + around));

    public Bounds With(Bounds other) => other.IsNone ? this
        : With(new Point(other.Left, other.Bottom)).With(new Point(other.Right, other.Top));
}
